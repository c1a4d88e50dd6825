"""A database full of fictitious alerts, open and decided, as quickly as it takes them."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from inference.decoding import sniff
from service.scans.schemas import SUSPICION_EXAMPLE
from service.settings import PACKAGE_ROOT
from service.storage import FileStore
from service.tables import AlertRow, DecisionRow, ScanRow, ViewRow
from tests.integration.service.harness import Service

SAMPLES = PACKAGE_ROOT / "datasets" / "samples"
BATCH = 5000
STATIONS = 40
MARKS = 2000
HOLDERS = 600
ACTIONS = ("release", "hold", "suspend", "not_a_logo", "authorised_party", "unsure")


class Photographs:
    """Real photographs that the scans share; their files are stored once."""

    artwork: str  # sha256

    def __init__(self, files: FileStore, paths: Sequence[Path]) -> None:
        self.views: list[dict[str, Any]] = []
        for path in paths:
            data = path.read_bytes()
            header = sniff(data)
            view = {"sha256": files.put(data), "media_type": header.media_type, "size": len(data)}
            self.views.append({**view, "width": header.width, "height": header.height})


def fill(
    service: Service,
    photographs: Sequence[Path],
    count: int,
    *,
    open_share: float,
    artwork: str | None = None,
    seed: int = 5,
) -> None:
    """Add `count` alerts, each of a scan of its own; the rest of `open_share` was decided in the last 60 days.

    Their artwork is the filed one with this sha256, or one that is filed for them: pages show and compare it.
    """
    shared, rng = Photographs(service.parts.files, photographs), Random(seed)
    shared.artwork = artwork or filed(service)
    now = datetime.now(UTC)
    for start in range(0, count, BATCH):
        numbers = range(start, min(start + BATCH, count))
        with service.parts.database.write() as session:
            _batch(session, [_one(rng, number, now, shared, open_share) for number in numbers])


def filed(service: Service) -> str:
    """Record one of the sample marks; the sha256 of its artwork."""
    data = (SAMPLES / "artwork" / "druvalo.svg").read_bytes()
    metadata = {"metadata": json.dumps({"title": "Mark 0", "holder": "Holder 0"})}
    files = [("artwork", ("artwork.svg", data))]
    service.client.put("/v1/registry/marks/mark-0", data=metadata, files=files).raise_for_status()
    return hashlib.sha256(data).hexdigest()


def _batch(session: Session, rows: Sequence[dict[str, dict[str, Any]]]) -> None:
    for table, name in ((ScanRow, "scan"), (ViewRow, "view"), (AlertRow, "alert")):
        session.execute(insert(table), [row[name] for row in rows])
    decided = [row["decision"] for row in rows if "decision" in row]
    if decided:
        session.execute(insert(DecisionRow), decided)


def _one(rng: Random, number: int, now: datetime, shared: Photographs, open_share: float) -> dict[str, dict[str, Any]]:
    is_open = rng.random() < open_share
    created = now - (timedelta(minutes=rng.uniform(0, 600)) if is_open else timedelta(days=rng.uniform(0, 60)))
    mark, score, tier = rng.randrange(MARKS), rng.uniform(0.3, 1), rng.choice((0, 0, 1, 1, 1, 2))
    station, scan_id, alert_id = f"dock-{rng.randrange(STATIONS)}", f"scan_{number:09}", f"alert_{number:09}"
    named = {"mark_id": f"mark-{mark}", "title": f"Mark {mark}", "holder": f"Holder {mark % HOLDERS}"}
    candidates = [{**SUSPICION_EXAMPLE["candidates"][0], "mark": named, "reference": shared.artwork, "score": score}]
    sighting = {
        **SUSPICION_EXAMPLE,
        "candidates": candidates,
        "score": score,
        "mark": named,
        "box": [300.0, 250.0, 420.0, 360.0],
    }
    row: dict[str, dict[str, Any]] = {
        "scan": {
            "id": scan_id,
            "office": "main",
            "station": station,
            "parcel": f"RX{number:09}NL",
            "views_digest": f"{number:064x}",
            "captured_at": created,
            "declaration": None,
            "state": "done",
            "attempts": 1,
            "received_at": created,
            "inspected_at": created,
            "verdict": None,
        },
        "view": {"scan_id": scan_id, "position": 0, **rng.choice(shared.views)},
        "alert": {
            "id": alert_id,
            "scan_id": scan_id,
            "office": "main",
            "station": station,
            "parcel": f"RX{number:09}NL",
            **named,
            "score": score,
            "status": "open" if is_open else "decided",
            "tier": tier,
            "priority": round(1000 * (1 - score)),
            "due_at": created + timedelta(minutes=(10, 60, 1440)[tier]),
            "leads": True,
            "snapshot": {"threshold": 0.3, "models": {"detector": "c1" * 32}, "snapshot": None},
            "sightings": {"items": [sighting]},
            "created_at": created,
        },
    }
    if not is_open:
        row["decision"] = _decision(rng, row["alert"], created)
    return row


def _decision(rng: Random, alert: dict[str, Any], created: datetime) -> dict[str, Any]:
    at = created + timedelta(minutes=rng.uniform(0.1, 30))
    return {
        "id": alert["id"].replace("alert", "decision"),
        "alert_id": alert["id"],
        "state": "standing",
        "action": rng.choice(ACTIONS),
        "officer": f"officer{rng.randrange(20)}",
        "before": {"status": "open"},
        "decided_at": at,
        "effective_at": at + timedelta(seconds=10),
        "office": "main",
        "alert_mark": alert["mark_id"],
        "station": alert["station"],
        "band": min(9, int(alert["score"] * 10)),
        "model": "c1" * 32,
        "seconds": rng.uniform(3, 60),
        "test": False,
    }
