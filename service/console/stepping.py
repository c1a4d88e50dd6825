"""What a release of models has passed, and what its next steps still lack. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from service.modelops.past import SoFar, StepTaken
from service.modelops.schemas import DeploymentOut, ReleaseOut

Step = Literal["approvals", "refusals", "shadow", "canary", "champion"]
ORDER: tuple[Step, ...] = ("approvals", "shadow", "canary", "champion", "refusals")
BY_ACTION: Mapping[str, Collection[str]] = {  # part -> the steps after which a release has it
    "champion": ("promoted", "rolled_back"),
    "canary": ("canary",),
    "shadow": ("shadow",),
}


@dataclass(frozen=True, kw_only=True)
class Gate:
    """One gate as a row; what the training left out is None."""

    name: str
    measured: float | None
    allowed: float | None
    passed: bool
    words: str

    @property
    def key(self) -> str:
        """The key of its words, if the catalogue has them: `recall.loss` has its own, `marks.owl` those of `marks`."""
        return f"gate_name.{self.name.replace('.', '_')}"

    @property
    def kind(self) -> str:
        """The key for all gates of its kind."""
        return f"gate_name.{self.name.partition('.')[0]}"

    @property
    def rest(self) -> str:
        """What distinguishes it from others of its kind."""
        return self.name.partition(".")[2]


@dataclass(frozen=True, kw_only=True)
class Lack:
    """Something that a step wants first: the key of its words, and their values."""

    key: str
    values: Mapping[str, Any]


def gate_rows(document: Mapping[str, Any] | None) -> Sequence[Gate]:
    """The gates as the training wrote them, those that were not passed first; what is no gate is left out."""
    written = (document or {}).get("gates")
    gates = [_gate(one) for one in written if isinstance(one, Mapping)] if isinstance(written, list) else []
    return sorted(gates, key=lambda gate: gate.passed)


def _gate(one: Mapping[str, Any]) -> Gate:
    return Gate(
        name=str(one.get("gate") or one.get("name") or "–"),
        measured=_number(one.get("measured")),
        allowed=_number(one.get("allowed")),
        passed=one.get("passed") is True,
        words=str(one.get("words") or ""),
    )


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def since(now: DeploymentOut, taken: Sequence[StepTaken]) -> Mapping[str, StepTaken]:
    """Part -> the step by which its release has it, if it is among those that were `taken`, the newest first."""
    found: dict[str, StepTaken] = {}
    for part, actions in BY_ACTION.items():
        release = getattr(now, part)
        step = next((one for one in taken if one.release_id == release and one.action in actions), None)
        if release is not None and step is not None:
            found[part] = step
    return found


def lacking(release: ReleaseOut, now: DeploymentOut, so_far: SoFar, name: str) -> Mapping[Step, Sequence[Lack]]:
    """Step -> what it lacks for `name` to take it; a step that lacks nothing can be taken."""
    spoken = any(word.officer == name for word in release.words)
    return {
        "approvals": tuple(_for_a_word(release, spoken=spoken)),
        "refusals": tuple(_for_a_word(release, spoken=spoken)),
        "shadow": tuple(_for_a_shadow(release, now)),
        "canary": tuple(_for_a_canary(release, now, so_far)),
        "champion": tuple(_for_a_champion(release, now, so_far)),
    }


def _lack(name: str, **values: Any) -> Lack:
    return Lack(key=f"lack.{name}", values=values)


def _for_a_word(release: ReleaseOut, *, spoken: bool) -> Iterator[Lack]:
    if release.state != "candidate":
        yield _lack(f"is_{release.state}")
    elif spoken:
        yield _lack("spoken")


def _for_a_shadow(release: ReleaseOut, now: DeploymentOut) -> Iterator[Lack]:
    if now.champion == release.id:
        yield _lack("is_champion")
    elif release.state == "refused":
        yield _lack("is_refused")
    elif now.shadow == release.id:
        yield _lack("is_shadow")


def _for_a_canary(release: ReleaseOut, now: DeploymentOut, so_far: SoFar) -> Iterator[Lack]:
    if now.champion == release.id or release.state == "refused":
        yield _lack("is_champion" if now.champion == release.id else "is_refused")
        return
    yield from _approved(release)
    if so_far.looks < so_far.looks_needed:
        yield _lack("looks", seen=so_far.looks, needed=so_far.looks_needed)


def _for_a_champion(release: ReleaseOut, now: DeploymentOut, so_far: SoFar) -> Iterator[Lack]:
    if now.champion == release.id or release.state == "refused":
        yield _lack("is_champion" if now.champion == release.id else "is_refused")
        return
    yield from _approved(release)
    if now.canary != release.id:
        yield _lack("not_canary")
    if so_far.judged < so_far.judged_needed:
        yield _lack("judged", seen=so_far.judged, needed=so_far.judged_needed)


def _approved(release: ReleaseOut) -> Iterator[Lack]:
    if release.state == "candidate":
        yield _lack("approvals", count=release.approvals_lacking)
