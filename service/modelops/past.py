"""What was done of a roll-out so far: how much a release has looked at and judged, which steps were taken, by whom."""

from dataclasses import dataclass
from datetime import datetime

from service.tables import AuditEntryRow

STEPS = frozenset({"shadow", "canary", "promoted", "rolled_back", "shadow_ended", "canary_ended"})  # audit's actions


@dataclass(frozen=True, kw_only=True)
class SoFar:
    """What a release has done, beside what its next steps want."""

    looks: int  # scans, as a shadow
    looks_needed: int
    judged: int  # scans, as a canary
    judged_needed: int


@dataclass(frozen=True, kw_only=True)
class StepTaken:
    """One step of the roll-out."""

    action: str
    release_id: str
    by: str
    reason: str
    at: datetime


def step_of(entry: AuditEntryRow) -> StepTaken:
    """The step that an entry of the audit tells of."""
    reason = str(entry.detail.get("reason", ""))
    return StepTaken(action=entry.action, release_id=entry.subject, by=entry.actor, reason=reason, at=entry.at)
