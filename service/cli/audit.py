"""`tidewaiter audit verify|key|head`: that nothing of the audit was edited, taken out, moved or cut off."""

from pathlib import Path
from typing import Annotated

import typer

from inference.proving.keys import load_key, make_key, public_key
from service.audit.heads import read, signed, written
from service.audit.service import AuditService
from service.cli.screen import out, progress, warn
from service.database import Database
from service.errors import InvalidRequest
from service.settings import load_settings

app = typer.Typer(help="The audit: who did what, when, to what.", no_args_is_help=True)
SIGNED = typer.Option("--head", exists=True, dir_okay=False, help="A signed head, kept elsewhere.")
Heads = Annotated[list[Path] | None, SIGNED]


@app.command("verify")
def verify(
    heads: Heads = None,
    public: Annotated[str | None, typer.Option("--public-key", help="Of whoever signed the heads.")] = None,
) -> None:
    """Go through the whole audit. Exit status 1, and what is wrong where, if it is not what was written."""
    if heads and public is None:
        raise InvalidRequest("not given", field="--public-key", limit="needed with --head")
    known = [read(path.read_bytes(), public_key(public or "")) for path in heads or ()]
    with progress("Verifying") as moved:
        told = _audit().verify(known, moved)
    for fault in told.faults:
        warn(f"entry {fault.seq}: {fault.reason}")
    out().print(f"{told.entries} entries, {len(told.faults)} faults; head {told.head.seq} {told.head.hash}")
    if not known:
        out().print("No signed head was given: whoever can rewrite the database could have rewritten all of it.")
    if told.faults:
        raise typer.Exit(1)


@app.command("key")
def key(target: Annotated[Path, typer.Argument(metavar="FILE", help="Where the key is to be kept.")]) -> None:
    """Make a key for signing heads and print its public half, which whoever verifies needs."""
    out().print(make_key(target).public_bytes_raw().hex())


@app.command("head")
def head(
    target: Annotated[Path, typer.Argument(metavar="OUT.json", help="On a medium that cannot be rewritten.")],
    key_file: Annotated[Path, typer.Option("--key", exists=True, dir_okay=False, help="As `audit key` made it.")],
) -> None:
    """Sign the audit's head and write it to a file, to be kept elsewhere."""
    made = signed(_audit().head(), load_key(key_file))
    target.write_bytes(written(made))
    out().print(f"head {made.seq} {made.hash}")


def _audit() -> AuditService:
    """The audit alone: it is verified without models, and also while the service runs."""
    return AuditService(Database(load_settings().url))
