"""One alert with all that belongs to it, as its page shows it."""

from collections.abc import Mapping
from typing import Any

from inference.errors import TidewaiterError
from inference.xray.planes import look
from service.alerts.deciding import Officer
from service.alerts.rules import TAKEN
from service.alerts.schemas import Action, AlertOut
from service.alerts.worklist import Filters
from service.console.access import officer_of, query_of
from service.identity.principal import Principal
from service.identity.roles import Permission
from service.parts import Parts
from service.recordations.schemas import RecordationOut
from service.scans.schemas import ViewOut

CANDIDATES = 3


def shown(parts: Parts, who: Principal, alert_id: str, filters: Filters) -> dict[str, Any]:
    """What the template of an alert needs. Raises UnknownAlert."""
    officer = officer_of(who)
    review = parts.reviewing.look(alert_id, officer)
    scan = parts.scans.get(review.alert.scan_id, within=who.office)
    alert = review.alert
    recordation = _recordation(parts, alert)
    candidates = alert.sightings[0].candidates[:CANDIDATES]
    return {
        "alert": alert,
        "review": review,
        "scan": scan,
        "recordation": recordation,
        "mark": _mark(recordation, alert.mark.mark_id),
        "candidates": candidates,
        "outcomes": parts.deciding.rules.outcomes,
        "keys": keys_of(parts, who),
        "undo_seconds": parts.deciding.rules.undo_seconds,
        "can_decide": alert.status == "open" and who.may(Permission.DECIDE) and not review.recused,
        "can_second": can_second(alert, officer) and who.may(Permission.DECIDE) and not review.recused,
        "mine": alert.claim is not None and alert.claim.officer == who.name,
        "query": query_of(filters),
        "views_json": [_view(view) for view in scan.views],
        "xray": look() if any(view.modality == "xray" for view in scan.views) else None,
        "boxes": [_box(number, item) for number, item in enumerate(alert.sightings)],
        "artwork": f"/console/artwork/{candidates[0].reference}" if candidates else None,
    }


def keys_of(parts: Parts, who: Principal) -> Mapping[Action, str]:
    """Outcome -> key: the officer's own choice over the rules', unless a tool has taken that key since."""
    usual = {action: rule.key for action, rule in parts.deciding.rules.outcomes.items()}
    chosen = who.preferences.get("keys", {})
    return usual | {action: key for action, key in chosen.items() if action in usual and key not in TAKEN}


def can_second(alert: AlertOut, officer: Officer) -> bool:
    """Whether the alert waits for the word of this officer."""
    return alert.status == "proposed" and alert.decision is not None and alert.decision.officer != officer.name


def _recordation(parts: Parts, alert: AlertOut) -> RecordationOut | None:
    reference = alert.sightings[0].recordation
    if reference is None:
        return None
    try:
        return parts.recordations.get(reference.id)
    except TidewaiterError:  # it was taken out since: the page says so
        return None


def _mark(recordation: RecordationOut | None, mark_id: str) -> Any:
    marks = [] if recordation is None else recordation.marks
    return next((mark for mark in marks if mark.mark_id == mark_id), None)


def _view(view: ViewOut) -> dict[str, Any]:
    url = f"/console{view.url.removeprefix('/v1')}"
    planes = f"{url}/planes" if view.modality == "xray" else None
    return {"url": url, "width": view.width, "height": view.height, "planes": planes}


def _box(number: int, item: Any) -> dict[str, Any]:
    return {
        "view": item.view,
        "box": [round(value, 1) for value in item.box],
        "label": str(number + 1),
        "score": round(item.score, 2),
        "reference": item.candidates[0].reference if item.candidates else None,
    }
