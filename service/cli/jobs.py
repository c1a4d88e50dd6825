"""`tidewaiter jobs`: long work and how far it is."""

import time
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from service.cli.opening import bench
from service.cli.screen import as_json, out, steps
from service.jobs.schemas import JobOut

app = typer.Typer(help="Long work: retraining, rescreening.", no_args_is_help=True)
Job = Annotated[str, typer.Argument(metavar="JOB")]
LOOK_SECONDS = 1.0


@app.command("list")
def list_jobs(kind: Annotated[str | None, typer.Option(help="Only of this kind.")] = None) -> None:
    """List jobs, the newest first."""
    table = Table("job", "kind", "state", "step", "by", "since")
    for one in bench().jobs.list(kind, 50).items:
        table.add_row(
            one.id, one.kind, one.state, _step(one), escape(one.created_by), f"{one.created_at:%Y-%m-%d %H:%M}"
        )
    out().print(table)


@app.command("show")
def show(job: Job) -> None:
    """Show a job with its steps and its result."""
    as_json(bench().jobs.get(job))


@app.command("watch")
def watch(job: Job) -> None:
    """Follow a job until it is over; exit status 1 if it failed."""
    jobs = bench().jobs
    with steps() as moved:
        while (one := jobs.get(job)).state in ("queued", "running"):
            last = one.steps[-1] if one.steps else None
            if last is not None:
                moved(last.name, last.done, last.total)
            time.sleep(LOOK_SECONDS)
    tell(one)


@app.command("cancel")
def cancel(job: Job, officer: Annotated[str, typer.Option("--officer", help="Who does this.")]) -> None:
    """Have a job end at the next point at which nothing is half done."""
    out().print(f"{job}: {bench().jobs.cancel(job, officer).state}")


def tell(one: JobOut) -> None:
    """Say how a job ended; exit status 1 if it failed or was cancelled."""
    for step in one.steps:
        out().print(f"  {step.name}: {step.seconds:.0f} s {escape(step.note)}")
    out().print(f"{one.id}: {one.state}" + (f", {escape(one.message)}" if one.message else ""))
    for name, value in (one.result or {}).items():
        out().print(f"  {name}: {escape(str(value))}")
    if one.state in ("failed", "cancelled"):
        raise typer.Exit(1)


def _step(one: JobOut) -> str:
    if not one.steps:
        return ""
    last = one.steps[-1]
    return last.name if last.total is None else f"{last.name} {last.done}/{last.total}"
