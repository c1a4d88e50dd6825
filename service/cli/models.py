"""`tidewaiter models`: releases of models, their approval and roll-out, and the thresholds beside them.

Works on the database alone: no model is loaded here. Whichever processes serve follow within a second of having loaded.
"""

import json
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.markup import escape
from rich.table import Table

from service.alerts.rules import load_rules as load_review_rules
from service.cli.opening import Bench, bench
from service.cli.screen import as_json, out
from service.errors import InvalidRequest
from service.modelops.documents import ThresholdsIn
from service.modelops.reporting import Reporting
from service.modelops.rollout import RolloutService
from service.modelops.schemas import (
    CanaryIn,
    DeploymentOut,
    ReleaseOut,
    ShadowIn,
    StepIn,
    ThresholdsChange,
    WordIn,
)
from service.modelops.thresholding import ThresholdService

app = typer.Typer(help="Releases of models: approve, try, roll out, roll back.", no_args_is_help=True)
thresholds_app = typer.Typer(help="Thresholds, versioned apart from the models.", no_args_is_help=True)
app.add_typer(thresholds_app, name="thresholds")
Release = Annotated[str, typer.Argument(metavar="RELEASE")]
Officer = Annotated[str, typer.Option("--officer", help="Who does this.")]
Why = Annotated[str, typer.Option("--reason", help="Why, for the audit.")]
Json = Annotated[bool, typer.Option("--json", help="As the service would answer.")]


@app.command("list")
def list_releases(json_out: Json = False) -> None:
    """List releases, the newest first, with what each does now."""
    page = bench().releases.list(50)
    if json_out:
        as_json(page)
        return
    table = Table("release", "state", "does", "origin", "models", "since")
    for one in page.items:
        models = ", ".join(sorted(bundle.name for bundle in one.bundles))
        table.add_row(one.id, _state(one), ", ".join(one.parts), one.origin, models, f"{one.created_at:%Y-%m-%d %H:%M}")
    out().print(table)


@app.command("show")
def show(release: Release, json_out: Json = False) -> None:
    """Show a release: its gates, what was said of it, its card."""
    one = bench().releases.get(release)
    if json_out:
        as_json(one)
        return
    out().print(f"{one.id}: {_state(one)}; {', '.join(one.parts) or 'not at work'}")
    for gate in (one.gates or {}).get("gates", []):
        passed = "[green]passed[/green]" if gate.get("passed") else "[red]refused[/red]"
        out().print(f"  {passed} {escape(str(gate.get('gate')))}: {escape(str(gate.get('words', '')))}")
    for word in one.words:
        said = "approves" if word.approves else "refuses"
        out().print(f"  {escape(word.officer)} {said}: {escape(word.reason)}")
    out().print(one.card, markup=False)


@app.command("deployment")
def deployment() -> None:
    """Which release is champion, canary and shadow."""
    _tell(_rollout(bench()).now())


@app.command("approve")
def approve(release: Release, officer: Officer, reason: Why) -> None:
    """Approve a candidate; two different people have to."""
    _said(bench().releases.say(release, officer, WordIn(reason=reason), approves=True))


@app.command("refuse")
def refuse(release: Release, officer: Officer, reason: Why) -> None:
    """Refuse a candidate; one person is enough."""
    _said(bench().releases.say(release, officer, WordIn(reason=reason), approves=False))


@app.command("shadow")
def shadow(release: Release, officer: Officer, reason: Why, share: float = 1.0) -> None:
    """Let a release look at what the champion judges, without effect."""
    _tell(_rollout(bench()).shadow(release, officer, ShadowIn(reason=reason, share=share)))


@app.command("report")
def report(release: Release, json_out: Json = False) -> None:
    """What a shadow would have changed."""
    tools = bench()
    told = Reporting(database=tools.database, rules=load_review_rules(tools.settings.review_rules)).shadow(release)
    if json_out:
        as_json(told)
        return
    out().print(
        f"{told.looks} scans looked at, {told.same} as they were judged; diverted {told.diverts}, "
        f"by the shadow {told.shadow_diverts}. Suspicions gained: {told.gained_count}; lost: {told.lost_count}, of "
        f"which officers confirmed {told.lost_confirmed} and found wrong {told.lost_unconfirmed}."
    )
    for title, cases in (("gained", told.gained), ("lost", told.lost)):
        for case in cases[:20]:
            decided = f", decided: {case.decided}" if case.decided else ""
            out().print(f"  {title} {case.scan_id} {escape(case.holder)} {case.score:.2f}{decided}")


@app.command("canary")
def canary(
    release: Release,
    officer: Officer,
    reason: Why,
    stations: Annotated[list[str] | None, typer.Option("--station", help="All scans of this station.")] = None,
    share: Annotated[float | None, typer.Option(help="Share of the scans of all stations, 0 to 1.")] = None,
) -> None:
    """Let an approved release judge some scans in earnest."""
    _tell(_rollout(bench()).canary(release, officer, CanaryIn(reason=reason, stations=stations or [], share=share)))


@app.command("promote")
def promote(release: Release, officer: Officer, reason: Why) -> None:
    """Make the canary the champion."""
    _tell(_rollout(bench()).promote(release, officer, StepIn(reason=reason)))


@app.command("rollback")
def rollback(officer: Officer, reason: Why) -> None:
    """Go back to the champion before this one, at once."""
    _tell(_rollout(bench()).rollback(officer, StepIn(reason=reason)))


@app.command("end")
def end(part: Annotated[str, typer.Argument(metavar="shadow|canary")], officer: Officer, reason: Why) -> None:
    """End the shadow or the canary."""
    if part not in ("shadow", "canary"):
        raise InvalidRequest(f"{part!r}", field="part", limit="shadow or canary")
    _tell(_rollout(bench()).end(part, officer, StepIn(reason=reason)))


@app.command("import")
def import_release(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, metavar="FOLDER")], officer: Officer
) -> None:
    """Prove a signed folder of bundles with a current.toml, and add it as a candidate."""
    tools = bench()
    champion, parent = tools.champion()
    made = tools.adopting.adopt(
        folder, champion, by=officer, origin="imported", card=_card(folder), gates=None, parent_id=parent
    )
    out().print(f"{made.id}: {made.state}")


@thresholds_app.command("list")
def list_thresholds(json_out: Json = False) -> None:
    """List versions of the thresholds."""
    page = _thresholds(bench()).list()
    if json_out:
        as_json(page)
        return
    out().print(f"version {page.at_work} holds" + ("" if page.at_work else ": as the models have them"))
    for one in page.items:
        document = json.dumps(one.thresholds.model_dump(mode="json", exclude_none=True))
        out().print(f"  {one.version} {one.created_at:%Y-%m-%d %H:%M} {escape(one.created_by)}: {escape(document)}")


@thresholds_app.command("set")
def set_thresholds(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, metavar="JSON")], officer: Officer, reason: Why
) -> None:
    """Set thresholds as a whole, from a JSON file: {"everywhere": {"photo": 0.6}, "stations": {}, "marks": {}}."""
    try:
        wanted = ThresholdsIn.model_validate_json(file.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InvalidRequest(f"{file.name}: {place}: {first['msg']}", field=place or "thresholds") from error
    made = _thresholds(bench()).put(officer, ThresholdsChange(thresholds=wanted, reason=reason))
    out().print(f"version {made.version} holds")


@thresholds_app.command("use")
def use_thresholds(version: int, officer: Officer, reason: Why) -> None:
    """Put an earlier version to work again; 0 is how the models have them."""
    page = _thresholds(bench()).use(version, officer, StepIn(reason=reason))
    out().print(f"version {page.at_work} holds")


def _rollout(tools: Bench) -> RolloutService:
    return RolloutService(database=tools.database, serving=None, rules=tools.rules, clock=tools.clock)


def _thresholds(tools: Bench) -> ThresholdService:
    return ThresholdService(database=tools.database, serving=None, clock=tools.clock)


def _state(one: ReleaseOut) -> str:
    lacking = one.approvals_lacking if one.state == "candidate" else 0
    return f"{one.state}, {lacking} more to approve" if lacking else one.state


def _said(one: ReleaseOut) -> None:
    out().print(f"{one.id}: {_state(one)}")


def _tell(now: DeploymentOut) -> None:
    terms = now.canary_terms
    taken = "" if terms is None else f" ({', '.join([*terms.stations, f'{terms.share:.0%} of all'])})"
    out().print(f"champion {now.champion}, before it {now.previous or 'none'}")
    out().print(f"canary {now.canary or 'none'}{taken}, shadow {now.shadow or 'none'}, thresholds {now.thresholds}")


def _card(folder: Path) -> str:
    path = folder / "card.md"
    return path.read_text(encoding="utf-8")[:100_000] if path.is_file() else "No card came with it."
