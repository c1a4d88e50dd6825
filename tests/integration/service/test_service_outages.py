"""A disk that is full or cannot be written, a database that is away: said clearly, nothing half done, nothing lost."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from service.bootstrap import bootstrap
from service.errors import StorageFull
from service.outages import outage_of
from tests.fakes import load_fake
from tests.faults.disks import unmountable
from tests.integration.service.harness import Service, assert_problem, running, settings_in
from tests.integration.service.pictures import photograph

MIB = 2**20
NO_DISK = unmountable()
ROOT = pytest.mark.skipif(bool(NO_DISK), reason=NO_DISK)


@contextmanager
def small_disk(folder: Path, mebibytes: int) -> Iterator[Path]:
    """A disk of this size, mounted on `folder`."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", str(folder)]
    subprocess.run(mount, check=True)  # noqa: S603 - as written
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607


def acknowledged(service: Service, parcels: range) -> tuple[list[str], list[httpx.Response]]:
    """Post a parcel after the other; those that were taken, and the other answers."""
    taken, refused = [], []
    for n in parcels:
        answer = service.scan([photograph(n, side=300)], parcel=f"P{n}")
        if answer.status_code == 201:
            taken.append(answer.json()["id"])
        else:
            refused.append(answer)
    return taken, refused


@ROOT
def test_a_full_disk_takes_nothing_loses_nothing_and_works_again_once_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 12) as disk:
        settings = settings_in(disk).model_copy(update={"min_free_bytes": 3 * MIB})
        with running(settings) as service:
            assert service.client.get("/readyz").status_code == 200
            filler = disk / "filler"
            filler.write_bytes(bytes(6 * MIB))
            taken, refused = acknowledged(service, range(60))
            assert refused, "the disk did not fill up"
            assert taken
            for answer in refused:
                assert_problem(answer, 507, "storage-full", "disk")
                assert int(answer.headers["retry-after"]) > 0
            body = assert_problem(service.client.get("/readyz"), 503, "not-ready", None)
            assert "wanted" in body["checks"]["disk"]
            for scan_id in taken:  # what was taken is there, and is read, alerts and all
                scan = service.client.get(f"/v1/scans/{scan_id}").json()
                assert scan["state"] == "done"
                assert service.client.get(scan["views"][0]["url"]).status_code == 200
            filler.unlink()
            assert service.client.get("/readyz").status_code == 200
            again, still_refused = acknowledged(service, range(100, 105))
            assert (len(again), still_refused) == (5, [])


@ROOT
def test_a_read_only_disk_is_said_at_the_start(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 64) as disk:
        with running(settings_in(disk)) as service:
            assert service.scan([photograph(1)]).status_code == 201
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)  # noqa: S603, S607
        with pytest.raises((OSError, SQLAlchemyError)) as failed:
            bootstrap(settings_in(disk), loader=load_fake)
        assert isinstance(outage_of(failed.value), StorageFull)


def test_a_database_that_is_away_is_said(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT 1", {}, psycopg.OperationalError("connection to server at 10.1.2.3 failed"))

    monkeypatch.setattr("service.scans.repository.add", away)
    answer = service.scan([photograph(1)])
    assert_problem(answer, 503, "database-away", "database")
    assert "10.1.2.3" not in answer.text
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_write_that_fails_leaves_no_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    with running(settings_in(tmp_path)) as service:

        def broken(*_: object, **__: object) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr("service.storage.write_whole", broken)
        answer = service.scan([photograph(1)])
        assert assert_problem(answer, 507, "storage-full", "disk")["detail"] == errno.errorcode[number]
        assert service.stored()["scans"] == 0
        monkeypatch.undo()
        assert service.scan([photograph(1)]).status_code == 201
