"""How far a job is: its steps, in the order in which they began."""

from datetime import UTC, datetime
from typing import Any


class Steps:
    """The steps of one job; a job that is taken up again goes on where they are."""

    def __init__(self, known: list[dict[str, Any]] | None = None) -> None:
        self._steps = [dict(step) for step in known or []]

    def moved(self, name: str, done: int, total: int | None, note: str = "") -> None:
        """A step is so far; the one before it is done."""
        now = datetime.now(UTC)
        last = self._steps[-1] if self._steps else None
        if last is None or last["name"] != name:
            self._close(now)
            last = {"name": name, "state": "running", "started_at": now.isoformat(), "seconds": 0.0}
            self._steps = [step for step in self._steps if step["name"] != name] + [last]
        since = datetime.fromisoformat(last["started_at"])
        last.update(done=done, total=total, note=note[:500], seconds=round((now - since).total_seconds(), 1))

    def closed(self) -> None:
        """All steps are done."""
        self._close(datetime.now(UTC))

    def document(self) -> dict[str, Any]:
        """As a row keeps them."""
        return {"steps": [dict(step) for step in self._steps]}

    def _close(self, now: datetime) -> None:
        if self._steps and self._steps[-1]["state"] == "running":
            since = datetime.fromisoformat(self._steps[-1]["started_at"])
            self._steps[-1].update(state="done", seconds=round((now - since).total_seconds(), 1))
