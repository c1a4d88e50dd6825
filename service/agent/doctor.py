"""What of a station is in order, in words that say what to do."""

import json
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, cast

from service.agent.link import AGENT, Link, Outcome
from service.agent.reporting import FILE, SKEWED
from service.agent.spool import FILE as SPOOL
from service.agent.spool import moment

State = Literal["fine", "look", "stop"]
OLD = 30.0  # seconds after which status.json is not of a running agent
LOW = 2**30  # bytes of free disk


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    state: State
    what: str
    how: str


def findings(link: Link, station: str, spool: Path, folder: Path | None) -> Iterator[Finding]:
    """All of them, in the order in which an image passes."""
    if folder is not None:
        yield _folder(folder)
    yield _writable("spool", spool)
    yield _disk(spool)
    yield from _spool(spool)
    yield from _agent(spool)
    yield from _service(link, station)


def _folder(folder: Path) -> Finding:
    try:
        count = sum(1 for _ in os.scandir(folder))
    except OSError as error:
        return Finding(state="stop", what="folder", how=f"{folder} cannot be read: {error.strerror}")
    if not os.access(folder, os.W_OK):
        return Finding(state="stop", what="folder", how=f"{folder} is read-only: files that are sent cannot be removed")
    return Finding(state="fine", what="folder", how=f"{folder}: {count} files")


def _writable(what: str, folder: Path) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"tidewaiter")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return Finding(state="stop", what=what, how=f"{folder} cannot be written: {error.strerror}")
    return Finding(state="fine", what=what, how=f"{folder} can be written")


def _disk(folder: Path) -> Finding:
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return Finding(state="fine" if free >= LOW else "look", what="disk", how=f"{free / 2**30:.2f} GiB free at {folder}")


def _spool(folder: Path) -> Iterator[Finding]:
    """Read beside the agent, which may be running."""
    path = folder / SPOOL
    if not path.exists():
        yield Finding(state="look", what="scans", how="no spool yet: the agent has not run here")
        return
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5) as database:
            sound = str(database.execute("PRAGMA quick_check(1)").fetchone()[0])
            query = "SELECT count(*), coalesce(sum(size), 0), min(created_at) FROM items WHERE state = 'waiting'"
            count, size, oldest = database.execute(query).fetchone()
    except sqlite3.Error as error:
        yield Finding(state="stop", what="scans", how=f"{path}: {error}")
        return
    if sound != "ok":
        yield Finding(state="stop", what="scans", how=f"{path} is damaged: {sound}")
    since = "" if oldest is None else f", the oldest since {time.time() - oldest:.0f} s"
    yield Finding(state="fine", what="scans", how=f"{count} wait ({size / 2**20:.1f} MiB){since}")
    cases = sum(1 for entry in (folder / "quarantine").glob("*") if entry.is_dir())
    yield Finding(state="look" if cases else "fine", what="quarantine", how=f"{cases} in {folder / 'quarantine'}")


def _agent(folder: Path) -> Iterator[Finding]:
    path = folder / FILE
    try:
        said = cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))
        age = time.time() - path.stat().st_mtime
    except (OSError, ValueError):
        yield Finding(state="look", what="agent", how="has not run here")
        return
    if age > OLD:
        yield Finding(state="stop", what="agent", how=f"not running: it said something {age:.0f} s ago")
        return
    for worry in said.get("worries", ()):
        yield Finding(state="stop" if said.get("state") == "stopped" else "look", what="agent", how=str(worry))
    last = said.get("last_image_at", "none since it started")
    yield Finding(state="fine", what="agent", how=f"running, last image {last}")


def _service(link: Link, station: str) -> Iterator[Finding]:
    ready = link.ready()
    if ready.kind == "away":
        yield Finding(state="look", what="service", how=f"away ({ready.why}): scans wait here, none is lost")
        return
    fine = ready.kind == "answered"
    yield Finding(state="fine" if fine else "look", what="service", how="ready" if fine else f"not ready: {ready.why}")
    said = {"sent_at": moment(time.time()), "agent": f"{AGENT} doctor", "waiting": 0}
    beat = link.heartbeat(station, said)
    if beat.kind != "answered":
        yield Finding(state="stop", what="key", how=f"the service says: {beat.why or beat.kind}")
        return
    yield Finding(state="fine", what="key", how=f"the service takes scans of {station}")
    yield _clock(beat)
    yield _terms(beat)


def _clock(beat: Outcome) -> Finding:
    document = dict(beat.document or {})
    skew = float(document.get("clock_skew_ms", 0)) / 1000
    server = datetime.fromisoformat(str(document["server_time"])).isoformat(timespec="seconds")
    how = f"{abs(skew):.1f} s {'fast' if skew > 0 else 'slow'} against the service's {server}"
    return Finding(state="fine" if abs(skew) <= SKEWED else "look", what="clock", how=how)


def _terms(beat: Outcome) -> Finding:
    document = dict(beat.document or {})
    policy = document.get("policy", {})
    modes = "".join(f", {mode} {failing}" for mode, failing in policy.get("modes", {}).items())
    within = document.get("answer_within_ms")
    answer = "no answer by itself" if within is None else f"an answer within {within / 1000:g} s"
    return Finding(state="fine", what="terms", how=f"{answer}, else {policy.get('default')}{modes}")
