"""`tidewaiter accounts` and `tidewaiter tests`, on a database of their own."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from click.testing import Result
from typer.testing import CliRunner

from inference.errors import TidewaiterError
from service.cli.main import app
from service.clock import system_clock
from service.database import Database
from service.errors import BadSettings
from service.identity.errors import AccountTaken, UnknownAccount, UnknownOffice, WeakPassword
from service.settings import load_settings
from service.tables import AccountRow, KeyRow, TestParcelRow
from tests.fakes import without_models
from tests.integration.service.pictures import mark, photograph, png

PASSWORD = "low tide at seven"  # noqa: S105 - of accounts that live for one test
runner = CliRunner()


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """State in a folder of its own, and the fake inspector."""
    monkeypatch.setenv("TIDEWAITER_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("TIDEWAITER_MIN_FREE_BYTES", "0")
    without_models(monkeypatch)
    yield tmp_path
    structlog.reset_defaults()


def called(*arguments: str, given: str = "") -> Result:
    return runner.invoke(app, arguments, input=given)


def error_of(*arguments: str, given: str = "") -> TidewaiterError:
    error = called(*arguments, given=given).exception
    assert isinstance(error, TidewaiterError), error
    return error


def rows(kind: type[AccountRow] | type[KeyRow] | type[TestParcelRow]) -> list[AccountRow | KeyRow | TestParcelRow]:
    database = Database(load_settings().url)
    with database.read() as session:
        found = list(session.query(kind))
    database.close()
    return found


def test_an_officer_is_added_without_the_password_on_the_command_line() -> None:
    add = ("accounts", "add", "lin.wei", "--role", "officer", "--role", "supervisor", "--office", "main")
    told = called(*add, "--password-stdin", given=f"{PASSWORD}\n")
    assert told.exit_code == 0, told.output
    assert PASSWORD not in told.output
    (row,) = rows(AccountRow)
    assert isinstance(row, AccountRow)
    assert row.password is not None
    assert row.password.startswith("$argon2id$")
    listed = called("accounts", "list").stdout
    assert "officer, supervisor" in listed
    assert isinstance(error_of(*add, "--password-stdin", given=f"{PASSWORD}\n"), AccountTaken)
    called("accounts", "close", "lin.wei")
    assert "closed" in called("accounts", "list").stdout
    called("accounts", "open", "lin.wei")
    assert called("accounts", "password", "lin.wei", "--password-stdin", given="another tide 9\n").exit_code == 0
    assert isinstance(error_of("accounts", "password", "lin.wei", "--password-stdin", given="short\n"), WeakPassword)
    assert isinstance(error_of("accounts", "close", "nobody"), UnknownAccount)


def test_a_station_gets_a_key_once() -> None:
    assert called("accounts", "office", "harbour", "Harbour office").exit_code == 0
    add = ("accounts", "add", "dock-7", "--role", "station", "--station", "dock-7", "--no-password")
    assert isinstance(error_of(*add, "--office", "nowhere"), UnknownOffice)
    assert called(*add, "--office", "harbour").exit_code == 0
    told = called("accounts", "key", "dock-7", "--label", "scanner", "--days", "30").stdout
    (key,) = re.findall(r"twk_[\w-]{43}", told)
    (row,) = rows(KeyRow)
    assert isinstance(row, KeyRow)
    assert key not in repr(row.__dict__)
    assert row.expires_at is not None
    assert 29 <= (row.expires_at - system_clock()).days <= 30
    assert called("accounts", "revoke", "dock-7", row.id).exit_code == 0
    assert isinstance(error_of("accounts", "revoke", "dock-7", "key_none"), UnknownAccount)
    assert called("accounts", "add", "x", "--role", "pirate").exit_code == 2


def test_a_known_answer_is_kept_from_a_photograph(here: Path) -> None:
    (here / "fox.png").write_bytes(png(mark(1)))
    (here / "p.jpg").write_bytes(photograph(1))
    (here / "clean.jpg").write_bytes(photograph(9))
    header = "mark_id,title,holder,file,source,licence,variant,colour,split"
    (here / "r.csv").write_text(f"{header}\nfox,Fox,Fox,fox.png,own,CC0-1.0,symbol,True,train\n", encoding="utf-8")
    assert called("registry", "import", str(here / "r.csv")).exit_code == 0
    told = called("tests", "add", str(here / "p.jpg"), "--answer", "confirmed")
    assert told.exit_code == 0, told.output
    assert "Fox" in called("tests", "list").stdout
    assert error_of("tests", "add", str(here / "clean.jpg"), "--answer", "unconfirmed").code == "nothing-seen"
    assert len(rows(TestParcelRow)) == 1


def test_own_rules_of_review_that_cannot_be_are_said(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "own.toml").write_text("undo_seconds = 'ten'", encoding="utf-8")
    monkeypatch.setenv("TIDEWAITER_REVIEW_RULES", str(here / "own.toml"))
    assert isinstance(error_of("tests", "list"), BadSettings)
