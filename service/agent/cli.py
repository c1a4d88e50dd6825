"""`tidewaiter station watch|send|simulate|doctor|conformance|unit`: what runs at an inspection station."""

import json
import logging
import signal
import sys
from importlib import resources
from pathlib import Path
from typing import Annotated, cast

import typer

from service.agent.agent import Agent
from service.agent.conformance.asking import Asking
from service.agent.conformance.kit import as_markdown
from service.agent.conformance.kit import run as run_checks
from service.agent.conformance.kit import show as show_results
from service.agent.doctor import findings
from service.agent.errors import BadOptions
from service.agent.folder import FolderRules
from service.agent.items import LANES, Failing, Lane, Terms
from service.agent.link import Link, check_url
from service.agent.naming import DEFAULT, Patterns
from service.agent.posting import send_files
from service.agent.settings import GIB, AgentSettings, key_from
from service.agent.shown import progress, show_findings, show_report, show_verdict
from service.agent.simulating import Plan, pictures_for, simulate

app = typer.Typer(help="What runs at an inspection station.", no_args_is_help=True)
Url = Annotated[str, typer.Option(envvar="TIDEWAITER_STATION_URL", help="The service, https://…")]
Station = Annotated[str, typer.Option(envvar="TIDEWAITER_STATION_NAME", help="The station's name.")]
KeyFile = Annotated[Path | None, typer.Option(help="File with the station's key; else TIDEWAITER_STATION_KEY.")]
SpoolDir = Annotated[Path, typer.Option("--spool", envvar="TIDEWAITER_STATION_SPOOL", help="Folder of the spool.")]
LaneOption = Annotated[str, typer.Option(help="live, handheld or bulk.")]
Within = Annotated[float | None, typer.Option(min=0.1, max=3600, help="Seconds in which the line needs the answer.")]
LOCAL = "http://127.0.0.1:8640"
SPOOL = Path("var/station")


@app.command("watch")
def watch(
    folder: Annotated[Path, typer.Argument(help="Where the camera drops its images.")],
    station: Station,
    url: Url = LOCAL,
    key_file: KeyFile = None,
    spool: SpoolDir = SPOOL,
    verdicts: Annotated[Path | None, typer.Option(help="Where to write a file with each verdict.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Where files go that were taken; else they are removed.")] = None,
    lane: LaneOption = "live",
    answer_within: Within = None,
    pattern: Annotated[list[str] | None, typer.Option(help="File names without ending, e.g. {parcel}_{view}.")] = None,
    views: Annotated[int, typer.Option(min=1, max=64, help="Images of one parcel.")] = 1,
    group_wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for the rest of them.")] = 3.0,
    settle: Annotated[float, typer.Option(min=0, help="Seconds for which a file must not change.")] = 1.0,
    rename_only: Annotated[
        bool, typer.Option(help="Files are renamed when they are whole: take them at once.")
    ] = False,
    sidecar: Annotated[bool, typer.Option("--sidecar", help="Each image comes with a sidecar file.")] = False,
    policy: Annotated[str, typer.Option(help="Until the service says: fail_open or fail_closed.")] = "fail_closed",
    max_gib: Annotated[float, typer.Option(min=0.001, help="Most bytes that wait.")] = 20.0,
    max_days: Annotated[float, typer.Option(min=0.001, help="Longest that a scan waits.")] = 7.0,
    threads: Annotated[int, typer.Option(min=1, max=64, help="Scans that are sent at the same time.")] = 8,
) -> None:
    """Take what is dropped into a folder, keep it safe, send it, and have the answer in time."""
    rules = FolderRules(
        patterns=Patterns(pattern or DEFAULT),
        settle=0.0 if rename_only else settle,
        views=views,
        group_wait=group_wait,
        sidecar_needed=sidecar,
        lane=_lane(lane),
        answer_within=answer_within,
    )
    settings = AgentSettings(
        url=url,
        station=station,
        key=key_from(key_file),
        folder=folder,
        spool=spool,
        verdicts=verdicts,
        keep=keep,
        rules=rules,
        terms=Terms(default=_failing(policy)),
        threads=threads,
        max_bytes=round(max_gib * GIB),
        max_age=max_days * 86400,
    )
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # one line for each request
    agent = Agent(settings)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: agent.stop())
    agent.run()


@app.command("send")
def send(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, readable=True, help="Its views.")],
    parcel: Annotated[str, typer.Option(help="The parcel's number.")],
    station: Station,
    url: Url = LOCAL,
    key_file: KeyFile = None,
    lane: LaneOption = "handheld",
    answer_within: Within = None,
    wait: Annotated[int, typer.Option(min=0, max=30, help="Seconds to wait for the answer.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="The answer as it came.")] = False,
) -> None:
    """Post one parcel and show its verdict."""
    with Link(url, key_from(key_file)) as link:
        scan = send_files(link, station, parcel, files, lane=_lane(lane), answer_within=answer_within, wait=wait)
    if as_json:
        typer.echo(json.dumps(scan, indent=2, ensure_ascii=False))
    else:
        show_verdict(scan)


@app.command("simulate")
def simulate_line(
    station: Station,
    url: Url = LOCAL,
    key_file: KeyFile = None,
    rate: Annotated[float, typer.Option(min=1, help="Parcels an hour.")] = 2500.0,
    hours: Annotated[float | None, typer.Option(min=0.001, help="How long.")] = None,
    minutes: Annotated[float, typer.Option(min=0.01, help="How long, if not in hours.")] = 10.0,
    images: Annotated[Path | None, typer.Option(help="Folder of photographs; else the product's samples.")] = None,
    answer_within: Annotated[float, typer.Option(min=0.1, max=3600, help="Seconds to the diverter.")] = 12.0,
    lane: LaneOption = "live",
    as_json: Annotated[bool, typer.Option("--json", help="The figures as one JSON object.")] = False,
) -> None:
    """Post like a line that never waits, and report whether each answer came in time. Status 1 if one did not."""
    seconds = minutes * 60 if hours is None else hours * 3600
    plan = Plan(station=station, rate=rate, seconds=seconds, answer_within=answer_within, lane=_lane(lane))
    with Link(url, key_from(key_file)) as link, progress(plan.count) as moved:
        report = simulate(link, plan, pictures_for(images), moved)
    if as_json:
        typer.echo(json.dumps(report.figures()))
    else:
        show_report(report)
    raise typer.Exit(0 if report.all_in_time else 1)


@app.command("doctor")
def doctor(
    station: Station,
    url: Url = LOCAL,
    key_file: KeyFile = None,
    spool: SpoolDir = SPOOL,
    folder: Annotated[Path | None, typer.Option(help="The folder that is watched.")] = None,
) -> None:
    """Check folder, spool, disk, service, key and clock. Status 1 if something stops the station."""
    with Link(url, key_from(key_file)) as link:
        found = list(findings(link, station, spool, folder))
    show_findings(found)
    raise typer.Exit(1 if any(one.state == "stop" for one in found) else 0)


@app.command("conformance")
def conformance(
    url: Annotated[str, typer.Argument(help="The deployment to try.")],
    station: Station,
    key_file: KeyFile = None,
    report: Annotated[Path | None, typer.Option(help="Write the report there, as Markdown.")] = None,
) -> None:
    """Try all that integrators rely on against a deployment; its scans are named CONF-… Status 1 if something fails."""
    check_url(url)
    ask = Asking(url=url, key=key_from(key_file), station=station)
    try:
        results = run_checks(ask)
    finally:
        ask.close()
    show_results(results, url)
    if report is not None:
        report.write_text(as_markdown(results, url, station), encoding="utf-8")
    raise typer.Exit(0 if all(result.passed for result in results) else 1)


@app.command("unit")
def unit() -> None:
    """Print the systemd unit that runs the agent."""
    typer.echo(resources.files("service.agent").joinpath("tidewaiter-station.service").read_text(encoding="utf-8"))


def _lane(text: str) -> Lane:
    if text not in LANES:
        raise BadOptions(f"lane {text!r}: one of {', '.join(LANES)}")
    return text


def _failing(text: str) -> Failing:
    if text not in ("fail_open", "fail_closed"):
        raise BadOptions(f"policy {text!r}: fail_open or fail_closed")
    return cast("Failing", text)
