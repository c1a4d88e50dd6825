"""`tidewaiter accounts add|list|password|close|open|key|revoke|office`: who may sign in, and to what."""

import getpass
import sys
from datetime import timedelta
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from service.cli.screen import out
from service.clock import system_clock
from service.database import Database
from service.errors import InvalidRequest
from service.identity.accounts import AccountService, NewAccount
from service.identity.roles import Role
from service.settings import load_settings

app = typer.Typer(help="Accounts of people and machines.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="As it stands in the audit.")]
FromInput = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@app.command("add")
def add(
    name: Name,
    roles: Annotated[list[Role], typer.Option("--role", help="What the account is for; may be given again.")],
    display: Annotated[str, typer.Option(help="The name that is shown.")] = "",
    office: Annotated[str | None, typer.Option(help="Its office; all of them if not given.")] = None,
    station: Annotated[str | None, typer.Option(help="The one station it speaks for.")] = None,
    subject: Annotated[str | None, typer.Option(help="`issuer subject`, if an identity provider signs it in.")] = None,
    no_password: Annotated[bool, typer.Option("--no-password", help="It signs in by keys only, or by OIDC.")] = False,
    from_input: FromInput = False,
) -> None:
    """Make an account; its password is asked for."""
    password = None if no_password or subject is not None else _password(from_input)
    new = NewAccount(
        name=name, roles=roles, display=display, office=office, station=station, password=password, subject=subject
    )
    _accounts().add(new, by=getpass.getuser())
    out().print(f"{escape(name)} may sign in as {', '.join(roles)}")


@app.command("list")
def list_accounts() -> None:
    """List the accounts."""
    table = Table("name", "shown as", "roles", "office", "station", "state")
    for row in _accounts().list():
        state = "open" if row.active else "closed"
        roles = ", ".join(row.roles["items"])
        table.add_row(
            escape(row.name), escape(row.display), roles, row.office or "all", escape(row.station or "-"), state
        )
    out().print(table)


@app.command("password")
def password(name: Name, from_input: FromInput = False) -> None:
    """Give an account another password; it is signed out everywhere."""
    _accounts().set_password(name, _password(from_input), by=getpass.getuser())
    out().print(f"{escape(name)} has another password")


@app.command("close")
def close(name: Name) -> None:
    """Shut an account out, at once and everywhere; what it did stays under its name."""
    _accounts().set_active(name, False, by=getpass.getuser())
    out().print(f"{escape(name)} is shut out")


@app.command("open")
def reopen(name: Name) -> None:
    """Let an account in again."""
    _accounts().set_active(name, True, by=getpass.getuser())
    out().print(f"{escape(name)} may sign in again")


@app.command("key")
def key(
    name: Name,
    label: Annotated[str, typer.Option(help="Where it will be used.")],
    days: Annotated[int | None, typer.Option(min=1, help="How long it is good; for ever if not given.")] = None,
    vouches: Annotated[
        bool, typer.Option("--vouches", help="The system that has it knows its officers and may name them.")
    ] = False,
) -> None:
    """Make a key for a machine and print it, this once."""
    lasts = None if days is None else timedelta(days=days)
    key_id, made = _accounts().add_key(name, label=label, by=getpass.getuser(), vouches=vouches, lasts=lasts)
    out().print(made)
    out().print(f"It is {key_id}; only its hash is kept.")


@app.command("revoke")
def revoke(name: Name, key_id: Annotated[str, typer.Argument(metavar="KEY-ID")]) -> None:
    """Make a key worthless, at once and everywhere."""
    _accounts().revoke_key(name, key_id, by=getpass.getuser())
    out().print(f"{key_id} is revoked")


@app.command("office")
def office(office_id: Annotated[str, typer.Argument(metavar="ID")], name: str) -> None:
    """Make an office, or rename it. Its alerts are seen by its own people only."""
    _accounts().add_office(office_id, name, by=getpass.getuser())
    out().print(f"{escape(office_id)}: {escape(name)}")


def _accounts() -> AccountService:
    database = Database(load_settings().url)
    database.migrate()
    return AccountService(database=database, clock=system_clock)


def _password(from_input: bool) -> str:
    """Never on the command line, where other people of the machine could read it."""
    if from_input:
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != first:
        raise InvalidRequest("the two are different", field="password")
    return first
