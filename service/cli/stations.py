"""`tidewaiter stations set|list|key|revoke`: on which terms inspection stations work, and their keys."""

import getpass
from datetime import timedelta
from typing import Annotated, cast, get_args

import typer
from rich.markup import escape
from rich.table import Table

from service.cli.screen import out
from service.clock import system_clock
from service.database import Database
from service.errors import InvalidRequest
from service.identity.accounts import AccountService, NewAccount
from service.identity.errors import UnknownAccount
from service.identity.repository import FIRST_OFFICE
from service.identity.roles import Role
from service.scans.declarations import Mode
from service.settings import load_settings
from service.stations.policy import Failing
from service.stations.service import StationService, terms_with

app = typer.Typer(help="Inspection stations: their terms and keys.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="STATION")]


@app.command("set")
def set_up(
    name: Name,
    office: Annotated[str, typer.Option(help="The office it belongs to.")] = FIRST_OFFICE,
    policy: Annotated[
        str | None, typer.Option(help="Without an answer in time: fail_open passes the parcel, fail_closed diverts it.")
    ] = None,
    mode: Annotated[
        list[str] | None, typer.Option("--mode", metavar="MODE=POLICY", help="Another policy for a supervision mode.")
    ] = None,
    answer_within: Annotated[float | None, typer.Option(min=0.1, max=3600, help="Seconds that it waits.")] = None,
    officer_answers: Annotated[
        bool | None, typer.Option(help="A suspicion waits for the officer at the belt, until time is up.")
    ] = None,
) -> None:
    """Set a station up, or change what is given; the audit keeps what was."""
    stations = _stations()
    terms = terms_with(
        stations.terms(name),
        failing=None if policy is None else _failing(policy),
        by_mode=dict(_by_mode(item) for item in mode or ()),
        answer_within_ms=None if answer_within is None else round(answer_within * 1000),
        officer_answers=officer_answers,
    )
    stations.set_up(name, office, terms, by=getpass.getuser())
    within = "no answer by itself" if terms.answer_within_ms is None else f"an answer in {terms.answer_within_ms} ms"
    modes = "".join(f", {one} {failing}" for one, failing in terms.policy.modes.items())
    out().print(f"{escape(name)} ({escape(office)}): {within}, else {terms.policy.default}{modes}")


@app.command("list")
def list_stations() -> None:
    """Show the stations, their terms, and how they said they are doing."""
    table = Table("station", "office", "state", "answer within", "else", "waiting", "last heartbeat")
    for one in _stations().list():
        modes = "".join(f", {mode} {failing}" for mode, failing in one.policy.modes.items())
        within = "-" if one.answer_within_ms is None else f"{one.answer_within_ms / 1000:g} s"
        waiting = "-" if one.heartbeat is None else str(one.heartbeat.waiting)
        at = "-" if one.heartbeat_at is None else one.heartbeat_at.isoformat(timespec="seconds")
        policy = f"{one.policy.default}{modes}"
        table.add_row(escape(one.name), escape(one.office), one.state, within, policy, waiting, at)
    out().print(table)


@app.command("key")
def key(
    name: Name,
    label: Annotated[str, typer.Option(help="Where it will be used.")] = "agent",
    days: Annotated[int | None, typer.Option(min=1, help="How long it is good; for ever if not given.")] = None,
) -> None:
    """Make a key for a station and print it, this once. Two may be good at a time, to change them without a gap."""
    accounts = _accounts()
    lasts = None if days is None else timedelta(days=days)
    try:
        key_id, made = accounts.add_key(name, label=label, by=getpass.getuser(), lasts=lasts)
    except UnknownAccount:
        office = next((one.office for one in _stations().list() if one.name == name), FIRST_OFFICE)
        accounts.add(NewAccount(name=name, roles=[Role.STATION], office=office, station=name), by=getpass.getuser())
        key_id, made = accounts.add_key(name, label=label, by=getpass.getuser(), lasts=lasts)
    out().print(made)
    out().print(f"It is {key_id}; only its hash is kept.")


@app.command("revoke")
def revoke(name: Name, key_id: Annotated[str, typer.Argument(metavar="KEY-ID")]) -> None:
    """Make a key worthless, at once and everywhere."""
    _accounts().revoke_key(name, key_id, by=getpass.getuser())
    out().print(f"{key_id} is revoked")


def _database() -> Database:
    database = Database(load_settings().url)
    database.migrate()
    return database


def _stations() -> StationService:
    return StationService(database=_database(), pool=None, clock=system_clock)


def _accounts() -> AccountService:
    return AccountService(database=_database(), clock=system_clock)


def _failing(text: str) -> Failing:
    if text not in get_args(Failing):
        raise InvalidRequest(f"{text!r}", field="policy", limit=", ".join(get_args(Failing)))
    return cast("Failing", text)


def _by_mode(text: str) -> tuple[Mode, Failing]:
    mode, _, failing = text.partition("=")
    if mode not in get_args(Mode):
        raise InvalidRequest(f"{mode!r}", field="mode", limit=", ".join(get_args(Mode)))
    return cast("Mode", mode), _failing(failing)
