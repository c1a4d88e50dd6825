"""The command `tidewaiter` where only the station agent is installed."""

import sys

import typer
from rich.console import Console
from rich.markup import escape

from service.agent.cli import app as station
from service.agent.errors import AgentError

app = typer.Typer(
    name="tidewaiter", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Tidewaiter."
)
app.add_typer(station, name="station")


@app.callback()
def commands() -> None:
    """What runs at an inspection station."""


def main() -> None:
    """Run the command line; an error of the agent is one message on standard error, status 1."""
    try:
        app()
    except AgentError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[red]{error.title} {escape(error.detail)}[/]")
        sys.exit(1)
