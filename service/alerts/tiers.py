"""How urgent an alert is: its risk, tier, and until when it should be decided. Pure.

The risk begins with the calibrated probability of the strongest sighting. What makes the identity surer raises it:
distance to the next right holder's mark, and being seen more than once. The weights are set by hand; there are no
parcels with known outcomes to fit them to yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.alerts.rules import ReviewRules
from service.scans.schemas import SuspicionOut

CLEAR_MARGIN = 0.3  # between the first and the next right holder's score
FOR_MARGIN = 0.05
FOR_SEEN_AGAIN = 0.05
SCALE = 1000  # priorities are whole numbers, so that indexes and cursors compare them exactly


@dataclass(frozen=True, kw_only=True)
class Urgency:
    """Tier (0 is the most urgent), priority (the lowest number comes first) and due moment."""

    tier: int
    priority: int
    due_at: datetime


def urgency(rules: ReviewRules, sightings: Sequence[SuspicionOut], at: datetime) -> Urgency:
    """How urgent an alert raised at a moment is, by its sightings, strongest first.

    It is due on a whole minute: among those that are due in the same one, the greater risk comes first.
    """
    risk = risk_of(sightings)
    tier = next(number for number, tier in enumerate(rules.tiers) if risk >= tier.risk)
    due = (at + timedelta(minutes=rules.tiers[tier].minutes)).replace(second=0, microsecond=0)
    return Urgency(tier=tier, priority=round(SCALE * (1 - risk)), due_at=due)


def risk_of(sightings: Sequence[SuspicionOut]) -> float:
    """From 0 to 1."""
    best = sightings[0]
    scores = sorted((candidate.score for candidate in best.candidates), reverse=True)
    margin = scores[0] - scores[1] if len(scores) > 1 else 1.0
    risk = best.score + FOR_MARGIN * (margin >= CLEAR_MARGIN) + FOR_SEEN_AGAIN * (len(sightings) > 1)
    return min(1.0, max(0.0, risk))
