"""Posts one parcel at once, without a spool: for an officer with a camera, and for trying things out."""

import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from service.agent.backoff import delay
from service.agent.errors import AgentError, RefusedByService
from service.agent.items import Lane, Picture
from service.agent.link import Link, Outcome
from service.agent.reading import read_whole
from service.agent.spool import moment

LARGEST = 32 * 2**20
TRIES = 6


class NotSent(AgentError):
    """The service did not take the scan; nothing says that it has it."""


def send_files(
    link: Link,
    station: str,
    parcel: str,
    files: Sequence[Path],
    *,
    lane: Lane = "handheld",
    answer_within: float | None = None,
    wait: int = 20,
) -> dict[str, Any]:
    """Post the views of one parcel. Returns the scan as the service tells it. Raises RefusedByService, NotSent."""
    pictures = [Picture(name=path.name, data=read_whole(path, LARGEST)) for path in files]
    metadata: dict[str, Any] = {"station": station, "parcel": parcel, "lane": lane}
    if answer_within is not None:
        metadata["answer_by"] = moment(time.time() + answer_within)
    key, outcome = str(uuid.uuid4()), Outcome(kind="away")
    for tries in range(TRIES):
        outcome = link.post(metadata, pictures, key=key, wait=wait, sent_at=moment(time.time()))
        if outcome.kind in {"answered", "accepted"}:
            return dict(outcome.document or {})
        if outcome.kind in {"refused", "held"}:
            raise RefusedByService(outcome.why, dict(outcome.document or {}))
        time.sleep(delay(tries) if outcome.retry_after is None else outcome.retry_after)
    raise NotSent(outcome.why)
