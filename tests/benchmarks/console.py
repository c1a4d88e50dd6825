"""How quick and how safe the console is: `make bench-console`; with ALERTS=20000 RACE=100 in two minutes.

Everything is fictitious but the photographs' size. The next alert is measured inside a real Chromium, from the key to
the photograph on the screen; the worklist by requests of one officer over a connection that stays; the race by twenty
officers who all want every case.
"""

import argparse
import json
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import httpx
from sqlalchemy import select, text

from service.audit.service import AuditService
from service.identity.accounts import NewAccount
from service.identity.roles import Role
from service.settings import PACKAGE_ROOT
from service.tables import DecisionRow
from tests.acceptance.browsing import PASSWORD, Console, shown, started_browser
from tests.acceptance.test_console_access import all_violations
from tests.benchmarks.many_alerts import fill
from tests.databases import KINDS, fresh_url
from tests.integration.service.harness import Service, running, settings_in

PHOTOGRAPHS = sorted((PACKAGE_ROOT / "datasets" / "samples" / "parcels").glob("*.jpg"))
STORED = 50_000  # alerts, while officers decide
DECISIONS = 150  # that are measured
LISTS = 60  # requests for each kind of worklist
OFFICERS = 20
PARTS = ("next", "lists", "race")
GOALS = {
    "next_alert_p95_ms": 150.0,
    "worklist_p95_ms_sqlite": 400.0,
    "worklist_p95_ms_postgresql": 200.0,
    "race_lost": 0.0,
    "race_doubled": 0.0,
    "race_misattributed": 0.0,
    "axe_violations": 0.0,
}
NEXT = """(old) => {
  const page = document.querySelector("main[data-shown]");
  return page && page.dataset.alert !== old;
}"""
WORKLISTS = (
    "",
    "?tier=0",
    "?mark=mark-17",
    "?holder=Holder+42",
    "?station=dock-7&tier=1",
    "?unread=1",
    "?mine=1",
    "?older_than=480",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and keep the figures; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.console", description=__doc__)
    parser.add_argument("--alerts", type=int, default=1_000_000, help="in the worklists (default %(default)s)")
    parser.add_argument("--race", type=int, default=1000, help="cases of the race (default %(default)s)")
    parser.add_argument("--open", type=float, default=0.2, help="share of alerts that are open (default %(default)s)")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="only some (default: all)")
    parser.add_argument("--var", type=Path, default=Path("var/bench"), help="folder for databases and figures")
    chosen = parser.parse_args(arguments)
    figures: dict[str, float] = {}
    if "next" in chosen.parts:
        with database(chosen.var, KINDS[0], min(STORED, chosen.alerts), 1.0) as service:
            figures |= next_alert(service)
            figures |= accessible(service)
    for kind in KINDS if "lists" in chosen.parts else ():
        with database(chosen.var, kind, chosen.alerts, chosen.open) as service:
            figures |= worklists(service, kind)
    if "race" in chosen.parts:
        with database(chosen.var, KINDS[0], chosen.race, 1.0) as service:
            figures |= race(service, chosen.race)
    report(figures, chosen.var / "console.jsonl", vars(chosen))
    return 0


@contextmanager
def database(var: Path, kind: str, count: int, share: float) -> Iterator[Service]:
    """A service on a fresh database with so many alerts."""
    place = var / f"console-{kind}-{count}-{time.time_ns()}"
    place.mkdir(parents=True)
    with running(settings_in(place, database_url=fresh_url(kind, place))) as service:
        service.parts.accounts.add(NewAccount(name="lin.wei", roles=[Role.OFFICER], password=PASSWORD), by="bench")
        say(f"{kind}: storing {count} alerts")
        fill(service, PHOTOGRAPHS, count, open_share=share)
        with service.parts.database.write() as session:
            session.execute(text("ANALYZE"))
        yield service


def next_alert(service: Service) -> dict[str, float]:
    """From the key to the next alert with its photograph, in milliseconds."""
    say("deciding by keys")
    took: list[float] = []
    with started_browser() as browser, Console(service, browser).signed_in("lin.wei") as page:
        page.keyboard.press("Enter")
        shown(page)
        rng = Random(3)
        for _ in range(DECISIONS + 5):
            page.wait_for_timeout(rng.uniform(150, 500))  # nobody decides faster than they see
            alert = page.get_attribute("main", "data-alert")
            page.evaluate("performance.clearMarks()")
            page.keyboard.press(rng.choice("rhnq"))
            page.wait_for_function(NEXT, arg=alert)
            took.append(
                page.evaluate(
                    "performance.getEntriesByName('shown').at(-1).startTime"
                    " - performance.getEntriesByName('key').at(-1).startTime"
                )
            )
    return percentiles("next_alert", took[5:])


def worklists(service: Service, kind: str) -> dict[str, float]:
    """The worklist as officers ask for it, in milliseconds, over all kinds of filters."""
    say(f"{kind}: asking for worklists")
    figures: dict[str, float] = {}
    every: list[float] = []
    with httpx.Client(base_url=service.client.base_url, timeout=60) as client:
        client.post("/console/sign-in", data={"name": "lin.wei", "password": PASSWORD})
        for query in WORKLISTS:
            took = []
            for _ in range(LISTS + 2):
                began = time.perf_counter()
                client.get(f"/console/worklist{query}").raise_for_status()
                took.append((time.perf_counter() - began) * 1000)
            every += took[2:]
            figures |= {f"worklist_{kind}{query or '?all'}": round(percentile(took[2:], 0.95), 1)}
    return figures | {f"worklist_p95_ms_{kind}": round(percentile(every, 0.95), 1)}


def race(service: Service, cases: int) -> dict[str, float]:
    """Twenty officers want every case at once, each in another order."""
    say(f"{OFFICERS} officers race for {cases} cases")
    alerts = [f"alert_{number:09}" for number in range(cases)]
    names = [f"officer{number}" for number in range(OFFICERS)]
    gate = threading.Barrier(OFFICERS)
    for name in names:
        service.parts.accounts.add(NewAccount(name=name, roles=[Role.OFFICER]), by="bench")

    def work(number: int) -> list[tuple[str, str]]:
        name, own = names[number], alerts.copy()
        Random(number).shuffle(own)
        key = service.parts.accounts.add_key(name, label="race", by="bench")[1]
        won = []
        headers = {"Authorization": f"Bearer {key}"}
        with httpx.Client(base_url=service.client.base_url, headers=headers, timeout=120) as client:
            gate.wait()
            for alert in own:
                answer = client.post(f"/v1/alerts/{alert}/decisions", json={"action": "hold"})
                if answer.status_code == 200:
                    won.append((alert, name))
                elif answer.status_code != 409:
                    answer.raise_for_status()
        return won

    began = time.perf_counter()
    with ThreadPoolExecutor(OFFICERS) as pool:
        acknowledged = [pair for pairs in pool.map(work, range(OFFICERS)) for pair in pairs]
    seconds = time.perf_counter() - began
    with service.parts.database.read() as session:
        query = select(DecisionRow.alert_id, DecisionRow.officer).where(DecisionRow.state == "standing")
        stored = [(alert, officer) for alert, officer in session.execute(query)]
    officer_of = dict(acknowledged)
    if AuditService(service.parts.database).verify().faults:
        raise RuntimeError("the audit has faults")
    return {
        "race_lost": len(set(alerts) - {alert for alert, _ in stored}),
        "race_doubled": len(stored) - len({alert for alert, _ in stored}) + len(acknowledged) - len(officer_of),
        "race_misattributed": sum(officer_of.get(alert) != officer for alert, officer in stored),
        "race_requests_per_s": round(cases * OFFICERS / seconds, 1),
    }


def accessible(service: Service) -> dict[str, float]:
    """What axe-core finds on all pages, in both languages and themes, at both sizes."""
    say("looking for what keeps people out")
    new = NewAccount(name="supervisor", roles=[Role.OFFICER, Role.SUPERVISOR], password=PASSWORD)
    service.parts.accounts.add(new, by="bench")
    with started_browser() as browser:
        return {"axe_violations": len(all_violations(Console(service, browser), "supervisor"))}


def percentiles(name: str, took: Sequence[float]) -> dict[str, float]:
    return {
        f"{name}_p50_ms": round(statistics.median(took), 1),
        f"{name}_p95_ms": round(percentile(took, 0.95), 1),
        f"{name}_max_ms": round(max(took), 1),
    }


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def report(figures: dict[str, float], target: Path, chosen: dict[str, Any]) -> None:
    """Print the figures beside the goals, and keep them."""
    for name, value in figures.items():
        goal = GOALS.get(name)
        say(
            f"{name:42} {value:>10}"
            + ("" if goal is None else f"   goal <= {goal:g} {'reached' if value <= goal else 'MISSED'}")
        )
    with target.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"at": time.time(), "chosen": {k: str(v) for k, v in chosen.items()}} | figures) + "\n")


def say(message: str) -> None:
    print(message, flush=True)  # noqa: T201 - a command's output


if __name__ == "__main__":
    raise SystemExit(main())
