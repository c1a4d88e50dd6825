"""What the line is told: one file for each scan, there whole or not at all, and never another one in its place.

`<parcel>.<number>.json` says pass, divert, hold or undecided. A result that comes after it goes to `late/` and moves
nothing.
"""

import json
import logging
import os
import re
import tempfile
from pathlib import Path
from typing import Any

from service.agent.items import OUTCOME, Item, Terms
from service.agent.spool import Spool, moment

PLAIN = re.compile(r"[^A-Za-z0-9._-]")
LATE = "late"
log = logging.getLogger("tidewaiter.station")


class Verdicts:
    """Gives each scan its verdict, once."""

    def __init__(self, spool: Spool, folder: Path | None) -> None:
        """Without a `folder`, verdicts are in the log alone."""
        self._spool, self._folder = spool, folder
        if folder is not None:
            (folder / LATE).mkdir(parents=True, exist_ok=True)

    def give(self, item: Item, answer: dict[str, Any], *, in_time: bool) -> None:
        """Tell the line, unless it was told before, or it is too late: then it is kept as late."""
        verdict = {"parcel": item.parcel, "number": item.id, **answer}
        if in_time and self._spool.give(item, verdict):
            log.info("verdict %s", json.dumps(verdict, ensure_ascii=False))
            self._write(item, verdict)
            return
        by_both = item.verdict is not None and item.verdict.get("decided_by") == answer.get("decided_by") == "timeout"
        if by_both and not answer.get("late"):
            return  # the service did what the station did: that is no news
        log.warning("late %s", json.dumps(verdict, ensure_ascii=False))
        self._write(item, {**verdict, "late": True}, LATE)

    def time_out(self, item: Item, terms: Terms, now: float) -> None:
        """No answer came in time: the station's policy decides. `now` is in seconds since 1970."""
        declaration = item.metadata.get("declaration")
        mode = declaration.get("mode") if isinstance(declaration, dict) else None
        failing = terms.of(mode if isinstance(mode, str) else None)
        answer = {
            "decision": OUTCOME[failing],
            "decided_by": "timeout",
            "decided_at": moment(now),
            "policy": failing,
            "late": False,
            "scan": item.scan,
            "alerts": [],
        }
        self.give(item, answer, in_time=True)

    def repair(self, item: Item) -> None:
        """Write the file of a verdict that was given before the agent died, if it is not there."""
        if item.verdict is not None:
            self._write(item, item.verdict)

    def _write(self, item: Item, verdict: dict[str, Any], below: str = "") -> None:
        if self._folder is None:
            return
        folder = self._folder / below
        target = folder / f"{PLAIN.sub('_', item.parcel)[:100]}.{item.id}.json"
        try:
            write_once(target, json.dumps(verdict, ensure_ascii=False, indent=1).encode())
        except FileExistsError:
            return
        except OSError as error:  # the verdict is in the spool: it is written at the next start
            log.error("verdict of %s cannot be written: %s", item.parcel, error)


def write_once(target: Path, data: bytes) -> None:
    """A file that is whole and on disk before its name exists. Raises FileExistsError rather than replace one."""
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), 0o644)  # the sorter's controller reads it
            os.fsync(file.fileno())
        os.link(temporary, target)
    finally:
        os.unlink(temporary)


def answer_of(document: dict[str, Any]) -> dict[str, Any] | None:
    """The line's answer in a scan, or in a verdict, as the service tells them; None while it is open."""
    if "scan" in document:  # a verdict
        keys = ("decision", "decided_by", "decided_at", "answer_by", "alerts", "scan")
        found = {key: document.get(key) for key in keys} | {"late": bool(document.get("late_result"))}
        return None if document.get("decision") is None else found
    answer = document.get("answer")
    if not isinstance(answer, dict):
        return None
    result = document.get("verdict")
    late = bool(answer.get("late")) or (isinstance(result, dict) and bool(result.get("late")))
    return {**answer, "late": late, "scan": document.get("id"), "alerts": document.get("alerts", [])}
