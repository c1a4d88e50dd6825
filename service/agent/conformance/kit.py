"""Runs all checks and writes the report."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from service.agent.conformance.asking import Asking, Unexpected
from service.agent.conformance.checks import GROUPS, Check
from service.agent.link import AGENT


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a check came to."""

    group: str
    what: str
    passed: bool
    said: str
    seconds: float


def run(ask: Asking, moved: Callable[[str], None] = lambda what: None) -> list[Result]:
    """Run all checks, one after the other; `moved` is told which."""
    return list(_run(ask, moved))


def _run(ask: Asking, moved: Callable[[str], None]) -> Iterator[Result]:
    for group, checks in GROUPS.items():
        for one in checks:
            moved(_title(one))
            began = time.monotonic()
            passed, said = _tried(one, ask)
            seconds = time.monotonic() - began
            yield Result(group=group, what=_title(one), passed=passed, said=said, seconds=seconds)


def _tried(one: Check, ask: Asking) -> tuple[bool, str]:
    try:
        return True, one(ask) or ""
    except Unexpected as error:
        return False, str(error)
    except (httpx.HTTPError, OSError) as error:
        return False, f"no answer: {type(error).__name__} {error}"
    except (KeyError, TypeError, ValueError) as error:
        return False, f"the answer is not as the contract has it: {type(error).__name__} {error}"


def _title(one: Check) -> str:
    return " ".join((one.__doc__ or one.__name__).split())


def show(results: list[Result], url: str) -> None:
    """The report on the terminal."""
    console = Console(highlight=False)
    table = Table("", "check", "noticed", "s", title=f"Conformance of {escape(url)}", show_lines=False)
    group = ""
    for result in results:
        if result.group != group:
            group = result.group
            table.add_row("", f"[bold]{escape(group)}[/]", "", "")
        mark = "[green]pass[/]" if result.passed else "[red]FAIL[/]"
        table.add_row(mark, escape(result.what), escape(result.said), f"{result.seconds:.1f}")
    console.print(table)
    failed = sum(not result.passed for result in results)
    console.print(f"{len(results)} checks, {failed} failed" if failed else f"All {len(results)} checks passed")


def as_markdown(results: list[Result], url: str, station: str) -> str:
    """The report to hand over."""
    failed = sum(not result.passed for result in results)
    stamp = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    lines = [
        f"# Conformance of {url}",
        "",
        f"{stamp}, as station `{station}`, by {AGENT}: {len(results)} checks, {failed} failed.",
    ]
    group = ""
    for result in results:
        if result.group != group:
            group = result.group
            lines += ["", f"## {group}", "", "| | check | noticed | s |", "|---|---|---|---|"]
        mark = "pass" if result.passed else "**FAIL**"
        said = result.said.replace("|", "\\|").replace("\n", " ")
        lines.append(f"| {mark} | {result.what} | {said} | {result.seconds:.1f} |")
    return "\n".join(lines) + "\n"
