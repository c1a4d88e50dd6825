"""Alerts and decisions for the tests of labels, as short as they can be said."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from service.labels.statements import Matter, Picture, Sighting, Spot, Statement, Voice

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOW = START + timedelta(days=1)
BOX = (10.0, 10.0, 60.0, 60.0)


def picture(scan: str = "s1", view: int = 0, **more: Any) -> Picture:
    fields: dict[str, Any] = {
        "scan_id": scan,
        "view": view,
        "sha256": sha256(f"{scan} {view}".encode()).hexdigest(),
        "media_type": "image/jpeg",
        "width": 200,
        "height": 100,
        "name": "top",
        "modality": "photo",
        "sidecar": None,
        "parcel": "RX123456785NL",
        "consignor": "a sender",
        "station": "dock-3",
        "captured_at": START,
    }
    return Picture(**(fields | more))


def voice(action: str, officer: str = "lin", **more: Any) -> Voice:
    fields: dict[str, Any] = {
        "decision_id": f"{officer}-{action}",
        "officer": officer,
        "second": None,
        "action": action,
        "state": "standing",
        "named": None,
        "named_holder": None,
        "correction": None,
        "batch": False,
        "decided_at": START,
        "effective_at": START + timedelta(seconds=10),
    }
    return Voice(**(fields | more))


def sighting(view: int = 0, box: tuple[float, float, float, float] = BOX, score: float = 0.8) -> Sighting:
    spot = Spot(view=view, box=box)
    return Sighting(spot=spot, mark_id="fox", holder="Fox Works", score=score, candidates=frozenset({"fox", "owl"}))


def matter(*voices: Voice, **more: Any) -> Matter:
    fields: dict[str, Any] = {
        "alert_id": "a1",
        "office": "main",
        "station": "dock-3",
        "mark_id": "fox",
        "holder": "Fox Works",
        "injected": False,
        "pictures": (picture(), picture(view=1)),
        "sightings": (sighting(),),
        "voices": voices,
    }
    return Matter(**(fields | more))


def statement(number: int, officer: str = "lin", **more: Any) -> Statement:
    """One weak word that the fox is there, on a picture of its own."""
    fields: dict[str, Any] = {
        "source": f"decision:{number}",
        "picture": picture(f"s{number}"),
        "box": BOX,
        "category": "logo",
        "mark_id": "fox",
        "holder": "Fox Works",
        "strength": "weak",
        "authenticity": "unknown",
        "suspected": "fox",
        "score": 0.3,
        "candidates": frozenset({"fox", "owl"}),
        "voices": (officer,),
        "office": "main",
        "alert_id": f"a{number}",
        "at": START,
    }
    return Statement(**(fields | more))
