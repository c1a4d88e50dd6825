"""Whose labels are not learnt from. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from service.labels.statements import Matter, Voice

Kind = Literal["officer", "office", "station", "decision"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, kw_only=True)
class Exclusions:
    """What was excluded and not let in again: (kind, subject) -> reason."""

    reasons: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def officer(self, name: str) -> bool:
        """Whether what an officer says counts for nothing."""
        return ("officer", name) in self.reasons

    def why(self, voice: Voice, matter: Matter) -> str | None:
        """Why a decision does not count, or None if it does."""
        return self.of(officer=voice.officer, office=matter.office, station=matter.station, decision=voice.decision_id)

    def of(self, **subjects: str) -> str | None:
        """The reason that holds for any of these, by kind."""
        for kind, subject in subjects.items():
            if (kind, subject) in self.reasons:
                return f"excluded_{kind}"
        return None
