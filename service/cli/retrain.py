"""`tidewaiter retrain`: what officers said becomes a candidate."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from service.cli.jobs import tell
from service.cli.opening import bench
from service.cli.screen import out, steps
from service.errors import InvalidRequest
from service.retraining.asking import Asking
from service.retraining.schemas import RetrainIn

ROLES = typer.Option("--role", help="detector, embedder, xray_detector or xray_embedder; may be given several times.")


def retrain(
    officer: Annotated[str, typer.Option("--officer", help="Who asks for it.")],
    roles: Annotated[list[str] | None, ROLES] = None,
    mode: Annotated[str, typer.Option(help="trial (a minute), smoke (minutes on two cores) or full.")] = "full",
    minutes: Annotated[float, typer.Option(help="Of fine-tuning, all models together.")] = 60.0,
    since: Annotated[datetime | None, typer.Option(help="Only what was said from then on (UTC).")] = None,
    seed: Annotated[int, typer.Option(help="The same seed, the same run.")] = 1,
    resume: Annotated[str | None, typer.Option(metavar="JOB", help="Go on with a job that was cut off.")] = None,
    enqueue: Annotated[
        bool, typer.Option("--enqueue", help="Only enter it; whichever process serves does it.")
    ] = False,
) -> None:
    """Collect what officers said, train on it, measure what comes of it, and enter it as a candidate."""
    tools = bench()
    jobs = tools.jobs
    if resume is None:
        wanted = {"mode": mode, "minutes": minutes, "seed": seed, "roles": roles or ["embedder"]}
        wanted["since"] = None if since is None else since.replace(tzinfo=UTC)
        resume = Asking(database=tools.database, jobs=jobs).retrain(_checked(wanted), officer).id
    if enqueue:
        out().print(resume)
        return
    with steps() as moved:
        one = jobs.do(resume, lambda step, done, total, _note: moved(step, done, total))
    tell(one)


def _checked(wanted: dict[str, Any]) -> RetrainIn:
    """What is asked for. Raises InvalidRequest."""
    try:
        return RetrainIn.model_validate(wanted)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "roles"
        raise InvalidRequest(f"{field}: {first['msg']}", field=field) from error
