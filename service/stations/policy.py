"""What a station does with a parcel when no answer came in time. The policy is the station's. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from inference.vocabulary import Decision
from service.scans.declarations import Mode

Failing = Literal["fail_open", "fail_closed"]
SAFE: Failing = "fail_closed"  # of a station that nobody has set up: no parcel passes unseen
OUTCOME: Mapping[Failing, Decision] = {"fail_open": "pass", "fail_closed": "divert"}


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Fail open or closed, by supervision mode."""

    default: Failing = SAFE
    modes: Mapping[Mode, Failing] = field(default_factory=dict)

    def of(self, mode: Mode | None) -> Failing:
        """How it fails for a parcel under this supervision mode."""
        return self.default if mode is None else self.modes.get(mode, self.default)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a station was set up with."""

    policy: Policy = field(default_factory=Policy)
    answer_within_ms: int | None = None  # from the moment it posts a scan that names no moment itself
    officer_answers: bool = False  # a suspicion waits for the officer at the belt, until answer_by
