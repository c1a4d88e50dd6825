"""The spool: what is in it is on disk, once, within its bounds, and there after a restart."""

import sqlite3
from pathlib import Path

import pytest

from service.agent.errors import SpoolBroken, SpoolFull
from service.agent.items import NewItem, Picture
from service.agent.spool import FILE, Spool, moment

GIB = 2**30


def new(parcel: str = "P1", data: bytes = b"image", within: float | None = 12.0) -> NewItem:
    picture = Picture(name=f"{parcel}.jpg", data=data)
    return NewItem(parcel=parcel, lane="live", pictures=(picture,), files=(picture.name,), answer_within=within)


def opened(folder: Path, max_bytes: int = GIB) -> Spool:
    return Spool(folder, max_bytes=max_bytes)


def test_what_is_spooled_is_there_after_a_restart(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    item = spool.add(new(), station="dock-3", now=1_000.0, monotonic=5.0)
    assert item is not None
    assert item.deadline == 17.0
    assert item.metadata == {
        "station": "dock-3",
        "parcel": "P1",
        "lane": "live",
        "answer_by": "1970-01-01T00:16:52.000Z",
    }
    spool.know("terms", {"policy": {"default": "fail_open"}})
    spool.close()
    again = opened(tmp_path)
    (same,) = again.open_items()
    assert (same.key, same.metadata, same.size) == (item.key, item.metadata, 5)
    assert [picture.data for picture in again.pictures(same)] == [b"image"]
    assert again.fact("terms") == {"policy": {"default": "fail_open"}}
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_the_same_files_are_taken_once(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    item = spool.add(new(), station="s", now=0.0, monotonic=0.0)
    assert item is not None
    assert spool.add(new(), station="s", now=1.0, monotonic=1.0) is None
    assert spool.add(new(data=b"another"), station="s", now=1.0, monotonic=1.0) is not None
    spool.accepted(item, "scan_1")
    spool.close_item(item, "answered", 2.0)
    assert spool.add(new(), station="s", now=3.0, monotonic=3.0) is None
    spool.forget(2.0 + 49 * 3600)
    assert spool.add(new(), station="s", now=4.0, monotonic=4.0) is not None


def test_a_verdict_is_given_once(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    item = spool.add(new(), station="s", now=0.0, monotonic=0.0)
    assert item is not None
    assert spool.give(item, {"decision": "pass"})
    assert not spool.give(item, {"decision": "divert"})
    spool.close()
    (same,) = opened(tmp_path).open_items()
    assert same.verdict == {"decision": "pass"}


def test_a_full_spool_takes_nothing_and_loses_nothing(tmp_path: Path) -> None:
    spool = opened(tmp_path, max_bytes=1500)
    first = spool.add(new(data=bytes(1000)), station="s", now=0.0, monotonic=0.0)
    assert first is not None
    with pytest.raises(SpoolFull, match="1000 bytes wait, 1500 may"):
        spool.add(new("P2", data=bytes(1000)), station="s", now=0.0, monotonic=0.0)
    assert [item.parcel for item in spool.open_items()] == ["P1"]
    spool.accepted(first, "scan_1")
    assert spool.add(new("P2", data=bytes(1000)), station="s", now=0.0, monotonic=0.0) is not None


def test_a_disk_without_room_takes_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path, max_bytes=GIB, keep_free=2**60)
    with pytest.raises(SpoolFull, match="free on the disk"):
        spool.add(new(), station="s", now=0.0, monotonic=0.0)
    assert spool.open_items() == []


def test_a_spool_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"this is no database, but long enough to be looked at" * 100)
    with pytest.raises(SpoolBroken, match="not a database"):
        opened(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SpoolBroken):
        opened(tmp_path / "file")


def test_each_write_is_synced(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    assert spool._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert spool._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    with sqlite3.connect(tmp_path / FILE) as other:
        assert other.execute("SELECT count(*) FROM items").fetchone() == (0,)


def test_moments_are_rfc_3339() -> None:
    assert moment(0.0004) == "1970-01-01T00:00:00.000Z"
    assert moment(1_795_796_820.8186) == "2026-11-27T16:27:00.819Z"
