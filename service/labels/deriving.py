"""From what was decided about an alert to what may be learnt of it: one statement, or none and why not. Pure.

A release, a hold and a doubt say nothing of what is in the picture. What a test or a double look was shown for, what
was undone, refused or waits for a second officer never counts; a scan that was answered by timeout has no decision.

The officer judged the alert as a whole, and looked at its strongest sighting first: that one is labelled. Of the
weaker ones of the same alert nothing is known, so they are kept out of training: neither a mark nor background.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from service.labels.boxes import clipped, overlap
from service.labels.exclusions import Exclusions
from service.labels.rules import LabelRules
from service.labels.statements import (
    Authenticity,
    Box,
    Category,
    Left,
    Matter,
    Picture,
    Spot,
    Statement,
    Strength,
    Voice,
)


@dataclass(frozen=True, kw_only=True)
class Derived:
    """The statement of an alert, if there is one, and the decisions that gave none."""

    statement: Statement | None = None
    left: tuple[Left, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Said:
    """What one voice says."""

    voice: Voice
    category: Category
    mark_id: str | None
    holder: str | None
    authenticity: Authenticity

    @property
    def says(self) -> tuple[str, str | None]:
        return self.category, self.mark_id


def derive(matter: Matter, rules: LabelRules, excluded: Exclusions, now: datetime) -> Derived:
    """What may be learnt of an alert at `now`."""
    if matter.word is not None and excluded.officer(matter.word.entered_by):
        matter = replace(matter, word=None)
    heard, left = _heard(matter, excluded, now)
    if not heard:
        return Derived(left=left)
    said = [one for one in (_said(voice, matter, rules) for voice in heard) if one is not None]
    silent = tuple(_left(voice, "says_nothing") for voice in heard if voice not in [one.voice for one in said])
    reason = _refused(said, matter)
    if reason is not None:
        return Derived(left=(*left, *(_left(voice, reason) for voice in heard)))
    if said:
        return _placed(said[0], said, matter, rules, excluded, (*left, *silent))
    if matter.word is None:
        return Derived(left=(*left, *silent))
    return _placed(_by_word(heard[0], matter), said, matter, rules, excluded, (*left, *silent[1:]))


def _heard(matter: Matter, excluded: Exclusions, now: datetime) -> tuple[list[Voice], tuple[Left, ...]]:
    """The voices that count, the first decision first, and the others with the reason."""
    heard, left = [], []
    for voice in sorted(matter.voices, key=lambda one: (one.decided_at, one.decision_id)):
        reason = _silenced(voice, matter, now) or excluded.why(voice, matter)
        if reason is None:
            heard.append(voice)
        else:
            left.append(_left(voice, reason))
    return heard, tuple(left)


def _silenced(voice: Voice, matter: Matter, now: datetime) -> str | None:
    if matter.injected:
        return "test"
    if voice.state != "standing":
        return voice.state
    if voice.effective_at is None or voice.effective_at > now:
        return "not_yet_in_effect"
    return None


def _said(voice: Voice, matter: Matter, rules: LabelRules) -> _Said | None:
    rule = rules.outcomes[voice.action]  # type: ignore[index]  # whatever is stored was an Action
    if rule.category is None:
        return None
    mark, holder = None, None
    if rule.mark == "suspected":
        mark, holder = matter.mark_id, matter.holder
    elif rule.mark == "named":
        mark, holder = voice.named, voice.named_holder
    return _Said(voice=voice, category=rule.category, mark_id=mark, holder=holder, authenticity=rule.authenticity)


def _refused(said: Sequence[_Said], matter: Matter) -> str | None:
    """Why nothing follows from voices that do say something."""
    if len({one.says for one in said}) > 1:
        return "conflict"
    if matter.word is not None and said and said[0].says != ("logo", matter.mark_id):
        return "conflict"  # the right holder knows its mark there
    if any(one.category == "not_a_logo" and one.voice.correction is not None for one in said):
        return "contradiction"  # where the logo is was drawn on what is none
    return None


def _by_word(voice: Voice, matter: Matter) -> _Said:
    """The right holder answered, and the officer's decision says nothing of the picture."""
    return _Said(voice=voice, category="logo", mark_id=matter.mark_id, holder=matter.holder, authenticity="unknown")


def _placed(
    first: _Said,
    said: Sequence[_Said],
    matter: Matter,
    rules: LabelRules,
    excluded: Exclusions,
    left: tuple[Left, ...],
) -> Derived:
    spot = next((one.voice.correction for one in said if one.voice.correction is not None), None)
    seen = matter.sightings[0] if matter.sightings else None
    spot = spot or (None if seen is None else seen.spot)
    box = None if spot is None else _inside(spot, matter.pictures, rules)
    if spot is None or box is None:
        return Derived(left=(*left, _left(first.voice, "outside")))
    voices, strength, authenticity = _trust(said, matter, excluded)
    statement = Statement(
        source=f"decision:{first.voice.decision_id}",
        picture=matter.pictures[spot.view],
        box=box,
        category=first.category,
        mark_id=first.mark_id,
        holder=first.holder,
        strength=strength,
        authenticity=authenticity,
        suspected=matter.mark_id,
        score=0.0 if seen is None else seen.score,
        candidates=frozenset() if seen is None else seen.candidates,
        voices=voices,
        office=matter.office,
        alert_id=matter.alert_id,
        at=first.voice.decided_at,
        beside=_beside(spot, box, matter, rules),
    )
    return Derived(statement=statement, left=left)


def _trust(
    said: Sequence[_Said], matter: Matter, excluded: Exclusions
) -> tuple[tuple[str, ...], Strength, Authenticity]:
    """Whose words it is, how strong that makes it, and whether the goods are genuine.

    Gold needs two people as well: whoever decided may not vouch for the right holder's answer alone.
    """
    named = [one.voice.officer for one in said]
    named += [one.voice.second for one in said if one.voice.second is not None and not one.voice.batch]
    voices = tuple(dict.fromkeys(name for name in named if not excluded.officer(name)))
    strength: Strength = "strong" if len(voices) > 1 else "weak"
    judged = {one.authenticity for one in said}
    authenticity: Authenticity = judged.pop() if len(judged) == 1 else "unknown"
    word = matter.word
    if word is None:
        return voices, strength, authenticity
    if not said:
        return (word.entered_by,), "weak", word.answer
    if set(voices) - {word.entered_by}:
        return tuple(dict.fromkeys((*voices, word.entered_by))), "gold", word.answer
    return voices, strength, authenticity


def _beside(spot: Spot, box: Box, matter: Matter, rules: LabelRules) -> tuple[tuple[Picture, Box], ...]:
    """The alert's other sightings, as far as they are other places."""
    found = []
    for sighting in matter.sightings:
        cut = _inside(sighting.spot, matter.pictures, rules)
        same = sighting.spot.view == spot.view and cut is not None and overlap(cut, box) >= rules.overlap
        if cut is not None and not same:
            found.append((matter.pictures[sighting.spot.view], cut))
    return tuple(dict.fromkeys(found))


def _inside(spot: Spot, pictures: Sequence[Picture], rules: LabelRules) -> Box | None:
    if not 0 <= spot.view < len(pictures):
        return None
    return clipped(spot.box, pictures[spot.view], rules.inside)


def _left(voice: Voice, reason: str) -> Left:
    return Left(source=f"decision:{voice.decision_id}", reason=reason)
