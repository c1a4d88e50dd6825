"""The hot folder: what is whole, what belongs together, and what is nobody's image. It never waits for one file."""

import json
import os
from pathlib import Path

import pytest

from service.agent.errors import BadSidecar, EmptyFile, FileTooLarge, UnreadableName
from service.agent.folder import Bad, FolderRules, HotFolder
from service.agent.items import NewItem

JPEG = b"\xff\xd8 not looked into here"


def looks(folder: Path, *moments: float, **rules: object) -> list[NewItem | Bad]:
    """What one sees who looks at these moments."""
    hot = HotFolder(folder, FolderRules(**rules))  # type: ignore[arg-type]
    return [found for now in moments for found in hot.look(now)]


def parcels(found: list[NewItem | Bad]) -> list[str]:
    return [one.parcel for one in found if isinstance(one, NewItem)]


def test_a_file_is_taken_once_it_stands_still(tmp_path: Path) -> None:
    path = tmp_path / "P1.jpg"
    hot = HotFolder(tmp_path, FolderRules(settle=1.0))
    path.write_bytes(JPEG)
    assert list(hot.look(0.0)) == []
    with path.open("ab") as file:  # its writer goes on
        file.write(b"more")
    assert list(hot.look(5.0)) == []
    assert list(hot.look(5.5)) == []
    (found,) = hot.look(6.1)
    assert isinstance(found, NewItem)
    assert (found.parcel, found.pictures[0].data, found.files) == ("P1", JPEG + b"more", ("P1.jpg",))


@pytest.mark.parametrize("name", ["P1.jpg.part", "P1.jpg.filepart", ".P1.jpg", "P1.jpg~", "P1.jpg.tmp", "P1.txt"])
def test_files_that_are_being_written_wait_for_their_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(JPEG)
    hot = HotFolder(tmp_path, FolderRules(settle=0))
    assert [*hot.look(0.0), *hot.look(60.0)] == []
    path.rename(tmp_path / "P1.jpg")
    assert parcels(list(hot.look(61.0))) == ["P1"]  # renamed when whole: at once


def test_views_of_a_parcel_go_together_or_after_a_while_alone(tmp_path: Path) -> None:
    for name in ("P1_top.jpg", "P1_side.jpg", "P2_top.jpg"):
        (tmp_path / name).write_bytes(JPEG + name.encode())
    found = looks(tmp_path, 0.0, settle=0, views=2, group_wait=3.0)
    assert [(one.parcel, len(one.pictures)) for one in found if isinstance(one, NewItem)] == [("P1", 2)]
    later = looks(tmp_path, 0.0, 3.5, settle=0, views=2, group_wait=3.0)
    assert ("P2", 1) in [(one.parcel, len(one.pictures)) for one in later if isinstance(one, NewItem)]
    first = next(one for one in found if isinstance(one, NewItem))
    assert {image["view"] for image in first.metadata["images"]} == {"top", "side"}


def test_a_sidecar_says_what_belongs_together(tmp_path: Path) -> None:
    for name in ("cam1-0417.jpg", "cam2-0417.jpg"):
        (tmp_path / name).write_bytes(JPEG + name.encode())
    said = {
        "parcel": "P7",
        "views": ["cam2-0417.jpg", "cam1-0417.jpg"],
        "answer_within": 9,
        "declaration": {"mode": "mail"},
    }
    (tmp_path / "0417.json").write_text(json.dumps(said), encoding="utf-8")
    (found,) = looks(tmp_path, 0.0, settle=0)
    assert isinstance(found, NewItem)
    assert [picture.name for picture in found.pictures] == said["views"]
    assert (found.answer_within, found.metadata["declaration"]) == (9.0, {"mode": "mail"})
    assert set(found.files) == {"cam1-0417.jpg", "cam2-0417.jpg", "0417.json"}


def test_a_sidecar_waits_for_images_that_it_names_and_then_says_which_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(JPEG)
    (tmp_path / "x.json").write_text('{"parcel": "P7", "views": ["a.jpg", "b.jpg"]}', encoding="utf-8")
    hot = HotFolder(tmp_path, FolderRules(settle=0))
    assert list(hot.look(0.0)) == []
    assert list(hot.look(30.0)) == []
    (bad,) = hot.look(61.0)
    assert isinstance(bad, Bad)
    assert "b.jpg" in bad.error.detail


def test_where_a_sidecar_is_needed_an_image_does_not_go_without(tmp_path: Path) -> None:
    (tmp_path / "P1.jpg").write_bytes(JPEG)
    hot = HotFolder(tmp_path, FolderRules(settle=0, sidecar_needed=True))
    assert list(hot.look(0.0)) == []
    (bad,) = hot.look(61.0)
    assert isinstance(bad, Bad)
    assert isinstance(bad.error, BadSidecar)


def test_bad_files_are_named_and_hold_up_nobody(tmp_path: Path) -> None:
    (tmp_path / "good.jpg").write_bytes(JPEG)
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "large.jpg").write_bytes(bytes(2000))
    (tmp_path / "broken.json").write_bytes(b"{")
    (tmp_path / "broken.jpg").write_bytes(JPEG)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.jpg")).write_bytes(JPEG)
    found = looks(tmp_path, 0.0, settle=0, max_bytes=1000)
    assert parcels(found) == ["good"]
    kinds = {one.files: type(one.error) for one in found if isinstance(one, Bad)}
    assert kinds == {
        ("empty.jpg",): EmptyFile,
        ("large.jpg",): FileTooLarge,
        ("broken.json", "broken.jpg"): BadSidecar,
        ("\udcff\udcfe.jpg",): UnreadableName,
    }


def test_links_devices_and_folders_are_nobodys_image(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"root:x:0:0")
    hot = tmp_path / "hot"
    hot.mkdir()
    (hot / "link.jpg").symlink_to(secret)
    (hot / "folder.jpg").mkdir()
    os.mkfifo(hot / "pipe.jpg")
    (hot / "P1.jpg").write_bytes(JPEG)
    (hot / "s.json").write_text('{"parcel": "P2", "views": ["link.jpg"]}', encoding="utf-8")
    assert parcels(looks(hot, 0.0, settle=0)) == ["P1"]


def test_ten_thousand_files_at_once_come_in_the_order_of_their_times(tmp_path: Path) -> None:
    for number in range(10_000):
        path = tmp_path / f"P{number}.jpg"
        path.write_bytes(b"\xff\xd8")
        os.utime(path, ns=(0, number * 1000))
    assert parcels(looks(tmp_path, 0.0, settle=0)) == [f"P{n}" for n in range(10_000)]
