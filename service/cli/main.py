"""Puts the commands together and turns errors into one line and an exit status."""

import sys

import typer
from sqlalchemy.exc import DBAPIError

from inference.errors import TidewaiterError
from service.agent.cli import app as station
from service.agent.errors import AgentError
from service.cli import (
    accounts,
    audit,
    companies,
    demo,
    doctor,
    drift,
    events,
    inspect,
    jobs,
    labels,
    models,
    registry,
    rehearse,
    replay,
    rescreen,
    retrain,
    serve,
    stations,
    tests,
    training,
    xray,
)
from service.cli.screen import warn
from service.errors import BadSettings, UnsafeAddress
from service.outages import outage_of

USAGE_STATUS = 2  # the caller must change something before trying again
app = typer.Typer(
    name="tidewaiter",
    help="Finds recorded trademarks in photographs of parcels and tells customs officers why it suspects them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("inspect")(inspect.inspect)
app.add_typer(registry.app, name="registry")
app.add_typer(companies.app, name="companies")
app.add_typer(accounts.app, name="accounts")
app.add_typer(stations.app, name="stations")
app.add_typer(events.app, name="events")
app.add_typer(audit.app, name="audit")
app.add_typer(xray.app, name="xray")
app.add_typer(tests.app, name="tests")
app.add_typer(station, name="station")
app.command("replay")(replay.replay)
training.install(app)
app.command("retrain")(retrain.retrain)
app.command("rehearse")(rehearse.rehearse)
app.command("rescreen")(rescreen.rescreen)
app.command("drift")(drift.drift)
app.add_typer(models.app, name="models")
app.add_typer(jobs.app, name="jobs")
app.add_typer(labels.app, name="labels")
app.command("doctor")(doctor.doctor)


def main() -> None:
    """Run the command line; a Tidewaiter error is one message on standard error, status 1 (2 for settings)."""
    try:
        app()
    except (OSError, DBAPIError) as error:
        outage = outage_of(error)
        if outage is None:
            raise
        warn(f"{outage.title} {outage.detail}")
        sys.exit(1)
    except AgentError as error:
        warn(f"{error.title} {error.detail}")
        sys.exit(1)
    except TidewaiterError as error:
        limit = f" (limit: {error.limit})" if error.limit else ""
        warn(f"{error.title} {error.detail}{limit}")
        sys.exit(USAGE_STATUS if isinstance(error, BadSettings | UnsafeAddress) else 1)
