"""`tidewaiter events add|list|rotate|close|test|failures|replay|key`: which systems are told of what happens."""

import getpass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from cryptography.fernet import Fernet
from rich.markup import escape
from rich.table import Table

from service.cli.screen import out
from service.clock import system_clock
from service.database import Database
from service.errors import InvalidRequest
from service.events.schemas import SubscriptionIn, SubscriptionOut
from service.events.sealing import Sealer
from service.events.service import SubscriptionService
from service.events.types import TYPES, Type
from service.settings import load_settings

app = typer.Typer(help="Systems that are told of what happens.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(metavar="SUBSCRIPTION")]
SHORT = "org.tidewaiter."


@app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="https://… or mqtts://broker/prefix")],
    types: Annotated[list[str], typer.Option("--type", help="Of what, e.g. alert.raised; may be given again.")],
    office: Annotated[str | None, typer.Option(help="Of which office; of all if not given.")] = None,
    allow_private: Annotated[bool, typer.Option(help="It is in the own network, and may be unencrypted.")] = False,
) -> None:
    """Have a system told; its secret is printed this once."""
    new = SubscriptionIn(url=url, types=[_type(text) for text in types], office=office, allow_private=allow_private)
    _show(_service().add(new, by=getpass.getuser()))


@app.command("list")
def list_subscriptions() -> None:
    """List who is told of what."""
    table = Table("subscription", "address", "office", "of what", "state")
    for one in _service().list():
        state = "told" if one.closed_at is None else f"closed: {one.closed_why}"
        types = ", ".join(text.removeprefix(SHORT) for text in one.types)
        table.add_row(one.id, escape(one.url), one.office or "all", types, escape(state))
    out().print(table)


@app.command("rotate")
def rotate(subscription: Id) -> None:
    """Make another secret; for a day the old one signs as well."""
    _show(_service().rotate(subscription, by=getpass.getuser()))


@app.command("close")
def close(subscription: Id) -> None:
    """Tell a system nothing any more."""
    _service().close(subscription, by=getpass.getuser())
    out().print(f"{subscription} is closed")


@app.command("test")
def test(subscription: Id) -> None:
    """Have the running service send an event that says nothing."""
    out().print(f"{_service().test(subscription, by=getpass.getuser())} waits for the service to send it")


@app.command("failures")
def failures(subscription: Annotated[str | None, typer.Argument(metavar="SUBSCRIPTION")] = None) -> None:
    """List what could not be delivered."""
    table = Table("delivery", "subscription", "type", "tries", "last answer", "since")
    for one in _service().deliveries(subscription, "failed", limit=200):
        since = one.created_at.isoformat(timespec="seconds")
        error = escape(one.last_error or str(one.last_status))
        table.add_row(one.id, one.subscription, one.type.removeprefix(SHORT), str(one.attempts), error, since)
    out().print(table)


@app.command("replay")
def replay(
    subscription: Id,
    deliveries: Annotated[list[str] | None, typer.Argument(metavar="DELIVERY...")] = None,
    since: Annotated[str | None, typer.Option(help="All since then, RFC 3339.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="All that failed.")] = False,
) -> None:
    """Send once more, under the ids they had: receivers know them."""
    service = _service()
    ids = [one.id for one in service.deliveries(subscription, "failed", limit=1000)] if failed else deliveries
    count = service.replay(subscription, ids=ids, since=_moment(since), by=getpass.getuser())
    out().print(f"{count} will be sent once more")


@app.command("key")
def key(path: Path) -> None:
    """Make a key that seals the secrets at rest: set TIDEWAITER_EVENTS_KEY to its file."""
    with path.open("xb") as file:
        path.chmod(0o600)
        file.write(Fernet.generate_key() + b"\n")
    out().print(f"{escape(str(path))}: keep it, and not beside the database")


def _service() -> SubscriptionService:
    settings = load_settings()
    database = Database(settings.url)
    database.migrate()
    return SubscriptionService(database=database, sealer=Sealer(settings.events_key), clock=system_clock)


def _show(made: SubscriptionOut) -> None:
    out().print(f"{made.id} is told at {escape(made.url)}")
    if made.secret is not None:
        out().print(made.secret)


def _type(text: str) -> Type:
    name = text if text.startswith(SHORT) else SHORT + text
    if name not in TYPES:
        raise InvalidRequest(f"{text!r}", field="type", limit=", ".join(one.removeprefix(SHORT) for one in TYPES))
    return name


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidRequest(f"{text!r}", field="since", limit="RFC 3339") from error
    if moment.tzinfo is None:
        raise InvalidRequest(f"{text!r} has no UTC offset", field="since", limit="RFC 3339")
    return moment
