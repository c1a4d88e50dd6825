"""What the commands write to the terminal."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from service.agent.doctor import Finding
from service.agent.simulating import Moved, Report
from service.agent.verdicts import answer_of

COLOURS = {"fine": "green", "look": "yellow", "stop": "red"}
DECISIONS = {"pass": "green", "divert": "yellow", "hold": "red", "undecided": "yellow"}


@contextmanager
def progress(total: int) -> Iterator[Moved]:
    """A bar on standard error; the block is given a function (done, total) that moves it."""
    columns = (TextColumn("parcels"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def show_findings(found: Iterable[Finding]) -> None:
    """One line each."""
    console = _console()
    for one in found:
        console.print(f"[{COLOURS[one.state]}]{one.state:<4}[/] {one.what:<10} {escape(one.how)}")


def show_verdict(scan: dict[str, Any]) -> None:
    """The answer, and what it rests on."""
    console, answer = _console(), answer_of(scan)
    if answer is None:
        console.print(f"{escape(str(scan.get('id')))} is stored; it is not answered yet")
        return
    decision = str(answer["decision"])
    late = ", [red]late: it must not move a diverter[/]" if answer["late"] else ""
    console.print(f"[{DECISIONS.get(decision, 'yellow')}]{decision}[/], decided by {answer['decided_by']}{late}")
    for item in (scan.get("verdict") or {}).get("suspicions", ()):
        console.print(
            f"  {escape(item['mark']['title'])} in view {item['view']}, {item['score']:.0%}, {item['outcome']}"
        )


def show_report(report: Report) -> None:
    """The figures of a simulated line, and the shape of the waits."""
    figures, console = report.figures(), _console()
    table = Table(title=f"{report.plan.count} parcels at {report.plan.rate:g} an hour", show_header=False, min_width=60)
    rows = {
        "answered in time": f"{report.in_time:.2%} ({len(report.waits)} of {report.plan.count})",
        "asked for within": f"{report.plan.answer_within:g} s",
        "median, p95, p99, longest": " / ".join(_seconds(figures[key]) for key in ("p50_s", "p95_s", "p99_s", "max_s")),
        "decisions": _counted(report.decisions),
        "decided by": _counted(report.decided_by),
        "late, timed out, unanswered": f"{figures['late']}, {figures['timed_out']}, {figures['unanswered']}",
        "pushed back and tried again": _counted(report.pushed_back),
    }
    for name, value in rows.items():
        table.add_row(name, escape(value))
    console.print(table)
    _histogram(console, report)
    for reason, count in figures["reasons"].items():
        console.print(f"[red]{count}[/] {escape(reason)}")


def _histogram(console: Console, report: Report) -> None:
    """How many answers took how long, in tenths of the time that there was."""
    step = report.plan.answer_within / 10
    counts = [0] * 11
    for wait in report.waits + report.late:
        counts[min(10, int(wait / step))] += 1
    most = max(counts) or 1
    for number, count in enumerate(counts):
        label = (
            f"over {report.plan.answer_within:g} s" if number == 10 else f"{number * step:g}-{(number + 1) * step:g} s"
        )
        colour = "red" if number == 10 else "green"
        console.print(f"{label:>14} [{colour}]{'█' * round(40 * count / most)}[/] {count or ''}")


def _counted(counts: Any) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items(), key=str)) or "none"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)
