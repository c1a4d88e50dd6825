"""The audit: written with what it records, refused to be changed by the database, verified; on both databases."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from typer.testing import CliRunner, Result

from inference.errors import TidewaiterError
from inference.proving.keys import load_key, make_key, public_key
from service.audit import repository
from service.audit.heads import read, signed, written
from service.audit.repository import Act
from service.audit.service import AuditService
from service.cli.main import app
from service.database import Database
from service.errors import BadSettings
from tests.databases import KINDS, fresh_url
from tests.integration.service.harness import Service, running, settings_in
from tests.integration.service.pictures import photograph
from tests.integration.service.test_service_exchange import imported, pictures, row, table

TRIGGERS = {
    "sqlite": ("DROP TRIGGER audit_entries_no_update", "DROP TRIGGER audit_entries_no_delete"),
    "postgresql": ("ALTER TABLE audit_entries DISABLE TRIGGER ALL",),
}


@pytest.fixture(params=KINDS)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """A service on each kind of database."""
    with running(settings_in(tmp_path, database_url=fresh_url(request.param, tmp_path))) as started:
        yield started


def entries(service: Service) -> list[tuple[str, str, str]]:
    with service.parts.database.read() as session:
        chain = list(repository.chain(session))
    return [(one.entry.actor, one.entry.action, one.entry.kind) for one in chain]


def reasons(service: Service, *known: Any) -> list[str]:
    return [fault.reason for fault in AuditService(service.parts.database).verify(known).faults]


def decided(service: Service, seed: int = 1) -> None:
    service.record(f"m{seed}", seed)
    (alert,) = service.scan([photograph(seed)], parcel=f"P{seed}").json()["alerts"]
    body = {"action": "hold", "officer": "o.fficer"}
    answer = service.client.post(f"/v1/alerts/{alert}/decisions", json=body)
    assert answer.status_code == 200, answer.text


def tampered(service: Service, *statements: str, seq: int = 0) -> None:
    """What somebody does who may do everything to the database."""
    kind = service.parts.database.engine.dialect.name
    with service.parts.database.write() as session:
        for statement in (*TRIGGERS[kind], *statements):
            session.execute(text(statement), {"seq": seq} if ":seq" in statement else {})


KEEP_HEAD = "UPDATE audit_heads SET seq = :seq, hash = (SELECT hash FROM audit_entries WHERE seq = :seq)"


def test_what_is_done_is_in_the_audit_once(service: Service) -> None:
    decided(service)
    imported(service, table(row(2), row(3)), pictures(2, 3))
    told = entries(service)
    assert ("o.fficer", "hold", "alert") in told
    assert ("r.egistrar", "imported", "registry") in told
    assert [one for one in told if one[2] == "recordation"]
    verified = AuditService(service.parts.database).verify()
    assert (verified.entries, verified.faults) == (len(told), ())


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET actor = 'x'", "DELETE FROM audit_entries"])
def test_the_database_refuses_to_change_entries(service: Service, statement: str) -> None:
    decided(service)
    before = entries(service)
    with pytest.raises(SQLAlchemyError, match="only ever added"), service.parts.database.write() as session:
        session.execute(text(statement))
    if service.parts.database.engine.dialect.name == "postgresql":
        with pytest.raises(SQLAlchemyError, match="only ever added"), service.parts.database.write() as session:
            session.execute(text("TRUNCATE audit_entries"))
    assert entries(service) == before


def test_what_cannot_be_entered_is_not_done(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    service.record("m1", 1)
    (alert,) = service.scan([photograph(1)]).json()["alerts"]
    before = service.stored()

    def broken(*_: object) -> None:
        raise OSError("the audit cannot be written")

    monkeypatch.setattr(repository, "append", broken)
    answer = service.client.post(f"/v1/alerts/{alert}/decisions", json={"action": "hold", "officer": "o"})
    assert answer.status_code == 500
    assert service.stored() == before
    assert service.client.get(f"/v1/alerts/{alert}").json()["status"] == "open"
    assert service.record("m2", 2).status_code == 500
    assert service.stored() | {"files": 0} == before | {"files": 0}  # a file that nobody names does no harm


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (["UPDATE audit_entries SET actor = 'x' WHERE seq = 2"], "its content is not what was written"),
        (["UPDATE audit_entries SET detail = '{}' WHERE seq = 2"], "its content is not what was written"),
        (["DELETE FROM audit_entries WHERE seq = 2"], "before it, entry 2 is missing"),
        (["DELETE FROM audit_entries WHERE seq = 1"], "before it, entry 1 is missing"),
        (
            [
                "UPDATE audit_entries SET seq = 99 WHERE seq = 1",
                "UPDATE audit_entries SET seq = 1 WHERE seq = 2",
                "UPDATE audit_entries SET seq = 2 WHERE seq = 99",
            ],
            "it does not follow the entry before it",
        ),
        (["DELETE FROM audit_entries WHERE seq = 3"], "the database's own head"),
    ],
)
def test_what_is_done_to_the_chain_is_found(service: Service, statements: list[str], said: str) -> None:
    service.record("m1", 1)
    service.record("m2", 2)
    service.record("m3", 3)
    tampered(service, "DELETE FROM audit_entries WHERE seq > :seq", KEEP_HEAD, seq=3)
    assert reasons(service) == []
    with service.parts.database.write() as session:
        for statement in statements:
            session.execute(text(statement))
    assert [reason for reason in reasons(service) if said in reason], reasons(service)


def test_a_chain_that_was_cut_off_or_written_anew_is_found_by_a_head_kept_elsewhere(
    service: Service, tmp_path: Path
) -> None:
    public = make_key(tmp_path / "audit.key")
    key = load_key(tmp_path / "audit.key")
    service.record("m1", 1)
    service.record("m2", 2)
    audit = AuditService(service.parts.database)
    head = read(written(signed(audit.head(), key)), public)
    service.record("m3", 3)
    assert reasons(service, head) == []
    tampered(service, "DELETE FROM audit_entries WHERE seq > :seq", KEEP_HEAD, seq=head.seq - 1)
    assert reasons(service) == []  # by itself it looks whole
    assert ["its end was cut off" in reason for reason in reasons(service, head)] == [True]
    for _ in range(3):
        with service.parts.database.write() as session:
            repository.append(session, Act(actor="x", action="anything", kind="k", subject="s"))
    assert reasons(service) == []
    assert ["the chain was rewritten" in reason for reason in reasons(service, head)] == [True]


def test_many_at_once_make_one_chain_without_gaps(service: Service) -> None:
    def enter(number: int) -> int:
        with service.parts.database.write() as session:
            return repository.append(session, Act(actor=f"o{number}", action="a", kind="k", subject="s")).seq

    before = len(entries(service))
    with ThreadPoolExecutor(8) as pool:
        numbers = sorted(pool.map(enter, range(80)))
    assert numbers == list(range(before + 1, before + 81))
    assert reasons(service) == []


def test_what_is_rolled_back_leaves_no_gap(service: Service) -> None:
    act = Act(actor="o", action="a", kind="k", subject="s")
    before = len(entries(service))

    def cut_short() -> None:
        with service.parts.database.write() as session:
            repository.append(session, act)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cut_short()
    with service.parts.database.write() as session:
        assert repository.append(session, act).seq == before + 1
    assert reasons(service) == []


runner = CliRunner()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a database, for the command line."""
    monkeypatch.setenv("TIDEWAITER_VAR_DIR", str(tmp_path / "var"))
    with running(settings_in(tmp_path / "var", database_url=f"sqlite:///{tmp_path / 'var' / 'tidewaiter.db'}")) as one:
        one.record("m1", 1)
    structlog.reset_defaults()
    yield tmp_path
    structlog.reset_defaults()


def called(*arguments: object) -> Result:
    return runner.invoke(app, ["audit", *map(str, arguments)])


def test_the_command_line_signs_and_verifies(here: Path) -> None:
    key, head = here / "audit.key", here / "elsewhere.json"
    public = called("key", key).stdout.strip()
    assert key.stat().st_mode & 0o077 == 0
    assert called("head", head, "--key", key).stdout.startswith("head 4 ")
    told = called("verify", "--head", head, "--public-key", public)
    assert told.exit_code == 0, told.output
    assert "0 faults" in told.stdout
    assert "No signed head was given" in called("verify").stdout
    for bad, field in (
        (["verify", "--head", head], "--public-key"),
        (["verify", "--head", head, "--public-key", "00"], "public-key"),
        (["verify", "--head", key, "--public-key", public], "head"),
        (["key", key], "key"),
        (["head", here / "o.json", "--key", head], "key"),
    ):
        error = called(*bad).exception
        assert isinstance(error, TidewaiterError), bad
        assert error.field == field
        assert key.read_text().strip() not in str(error)


def test_a_database_without_an_audit_says_so_and_is_not_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDEWAITER_VAR_DIR", str(tmp_path))
    error = called("verify").exception
    assert isinstance(error, TidewaiterError)
    assert error.code == "no-audit"


@pytest.mark.parametrize(
    "change",
    [
        {"seq": 7},
        {"hash": "0" * 64},
        {"at": "2020-01-01T00:00:00+00:00"},
        {"signature": "00" * 64},
        {"kind": "x"},
        {"more": 1},
    ],
)
def test_a_head_that_was_changed_is_no_head(here: Path, change: dict[str, Any]) -> None:
    key, head = here / "audit.key", here / "elsewhere.json"
    public = called("key", key).stdout.strip()
    called("head", head, "--key", key)
    head.write_text(json.dumps(json.loads(head.read_text()) | change), encoding="utf-8")
    error = called("verify", "--head", head, "--public-key", public).exception
    assert isinstance(error, TidewaiterError)
    assert error.code == "bad-head"
    assert public_key(public).public_bytes_raw().hex() == public


def test_heads_are_kept_elsewhere_by_the_service_itself(tmp_path: Path) -> None:
    public = make_key(tmp_path / "audit.key")
    elsewhere = tmp_path / "elsewhere"
    settings = settings_in(tmp_path / "var", audit_heads_dir=elsewhere, audit_key=tmp_path / "audit.key")
    with running(settings) as service:
        service.record("m1", 1)
        first = service.parts.heads.keep()
        assert first is not None
        assert service.parts.heads.keep() is None  # nothing has happened since
        service.record("m2", 2)
        kept = first.read_bytes()
        database = service.parts.database
        last = AuditService(database).head().seq
    heads = [read(path.read_bytes(), public) for path in sorted(elsewhere.glob("head-*.json"))]
    assert heads[-1].seq == last  # the service wrote the last one when it ended
    assert first.read_bytes() == kept
    assert all(path.name.startswith("head-") for path in elsewhere.iterdir())  # nothing half written
    again = Database(settings.url)
    assert AuditService(again).verify(heads).faults == ()
    with again.write() as session:
        for statement in TRIGGERS["sqlite"]:
            session.execute(text(statement))
        session.execute(text("DELETE FROM audit_entries WHERE seq = :seq"), {"seq": last})
        session.execute(text(KEEP_HEAD), {"seq": last - 1})
    assert ["its end was cut off" in fault.reason for fault in AuditService(again).verify(heads).faults] == [True]
    again.close()


def test_a_folder_for_heads_wants_a_key(tmp_path: Path) -> None:
    with pytest.raises(BadSettings), running(settings_in(tmp_path, audit_heads_dir=tmp_path / "elsewhere")):
        pass
