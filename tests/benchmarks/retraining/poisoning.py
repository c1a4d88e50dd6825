"""An officer who flips one mark's verdicts: how many of the false labels are collected.

Run: python -m tests.benchmarks.retraining.poisoning

Each try is an invented season of alerts that several officers decide. One of them decides 1, 5 or 20 % of all, and of
the one mark's, and turns that mark's verdicts. All of it goes through what real decisions go through: derived, agreed
upon, capped. A try is passed if false labels are less than 5 % of what is collected on that mark.
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from service.labels.capping import Capped, cap
from service.labels.consensus import agree
from service.labels.deriving import derive
from service.labels.exclusions import Exclusions
from service.labels.rules import LabelRules, load_label_rules
from service.labels.statements import Matter, Picture, Sighting, Spot, Voice

ALERTS, OFFICERS, SEEDS = 1600, 11, 5
SHARES = (0.01, 0.05, 0.2)
MOST = 0.05  # of the mark's labels
MARKS = tuple(f"mark-{n}" for n in range(8))
TARGET = MARKS[0]
OFTEN = 0.2  # of the alerts are the target's
MISTAKES = 0.03
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BOX = (10.0, 10.0, 60.0, 60.0)


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What a suspicion is about: the suspected mark, another one, or nothing."""

    suspected: str
    there: str | None
    score: float
    rivals: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An outcome, and with other_mark the mark."""

    action: str
    named: str | None = None

    def label(self, suspected: str) -> tuple[str, str | None] | None:
        """The category and mark that follow from it."""
        if self.action == "not_a_logo":
            return ("not_a_logo", None)
        if self.action == "other_mark":
            return ("logo", self.named)
        return ("logo", suspected) if self.action in ("suspend", "authorised_party", "not_recorded_goods") else None


Attack = Callable[[Truth, random.Random], Answer]


def honest(truth: Truth, rng: random.Random) -> Answer:
    """What an officer says who looks, and now and then is wrong."""
    there = truth.there
    if rng.random() < MISTAKES:
        there = None if there is not None else truth.suspected
    if there is None:
        return Answer(action="not_a_logo")
    if there != truth.suspected:
        return Answer(action="other_mark", named=there)
    return Answer(action=rng.choice(("suspend", "suspend", "authorised_party", "not_recorded_goods", "release")))


def denies(truth: Truth, rng: random.Random) -> Answer:
    """Not a logo, whatever it is."""
    return Answer(action="not_a_logo") if truth.suspected == TARGET else honest(truth, rng)


def renames(truth: Truth, rng: random.Random) -> Answer:
    """Another mark, as like the target as there is one."""
    if truth.suspected != TARGET:
        return honest(truth, rng)
    return Answer(action="other_mark", named=min(truth.rivals - {TARGET}, default=MARKS[1]))


def clears(truth: Truth, rng: random.Random) -> Answer:
    """An authorised party's, whatever it is."""
    return Answer(action="authorised_party") if truth.suspected == TARGET else honest(truth, rng)


def claims(truth: Truth, rng: random.Random) -> Answer:
    """The target, whatever it is."""
    if truth.suspected == TARGET:
        return Answer(action="not_recorded_goods")
    return Answer(action="other_mark", named=TARGET)


def slowly(truth: Truth, rng: random.Random) -> Answer:
    """Denies a third of them."""
    return denies(truth, rng) if rng.random() < 1 / 3 else honest(truth, rng)


def knowingly(truth: Truth, rng: random.Random) -> Answer:
    """Denies only where no second voice is needed."""
    return denies(truth, rng) if truth.score < 0.5 else honest(truth, rng)


ATTACKS: dict[str, Attack] = {
    "denies": denies,
    "renames": renames,
    "clears": clears,
    "claims": claims,
    "slowly": slowly,
    "knowingly": knowingly,
}


@dataclass(frozen=True, kw_only=True)
class Try:
    """What came of one season."""

    attack: str
    share: float
    seed: int
    false_of_attacker: int  # that he gave
    collected: int  # of those
    on_target: int  # labels collected on the target
    false_on_target: int  # by whomever
    found_out: bool

    @property
    def passed(self) -> bool:
        """The attacker's false labels are fewer than MOST of the target's."""
        return self.collected < MOST * max(1, self.on_target)


def season(attack: str, share: float, seed: int, rules: LabelRules, colluding: int = 1) -> Try:
    """One try; with `colluding` 2, two attackers have half of the share each, and agree to each other's proposals."""
    rng = random.Random(f"{attack} {share} {seed} {colluding}")
    truths = [_truth(rng) for _ in range(ALERTS)]
    attackers = tuple(f"attacker-{n}" for n in range(colluding))
    matters, false = [], {}
    for number, truth in enumerate(truths):
        officer = rng.choice(attackers) if rng.random() < share else f"officer-{rng.randrange(OFFICERS)}"
        answer = ATTACKS[attack](truth, rng) if officer in attackers else honest(truth, rng)
        matters.append(_matter(number, truth, officer, answer, attackers, rng))
        false[f"decision:d{number}"] = (officer, answer.label(truth.suspected) != _right(truth))
    return _counted(attack, share, seed, _collected(matters, rules), false, attackers)


def _collected(matters: Sequence[Matter], rules: LabelRules) -> Capped:
    now = START + timedelta(days=300)
    derived = [derive(matter, rules, Exclusions(), now).statement for matter in matters]
    return cap(agree([one for one in derived if one is not None], rules.overlap).statements, rules)


def _counted(
    attack: str,
    share: float,
    seed: int,
    capped: Capped,
    false: dict[str, tuple[str, bool]],
    attackers: Sequence[str],
) -> Try:
    on_target = [one for one in capped.statements if TARGET in one.marks]
    wrong = [one for one in on_target if false[one.source][1]]
    return Try(
        attack=attack,
        share=share,
        seed=seed,
        false_of_attacker=sum(officer in attackers and is_false for officer, is_false in false.values()),
        collected=sum(false[one.source][0] in attackers for one in wrong),
        on_target=len(on_target),
        false_on_target=len(wrong),
        found_out=any(one.officer in attackers for one in capped.suspects),
    )


def _truth(rng: random.Random) -> Truth:
    suspected = TARGET if rng.random() < OFTEN else rng.choice(MARKS[1:])
    other = rng.choice([mark for mark in MARKS if mark != suspected])
    chance = rng.random()
    there = suspected if chance < 0.6 else None if chance < 0.8 else other
    score = rng.betavariate(6, 2) if there == suspected else rng.betavariate(2, 5)
    seen = {suspected} | ({other} if rng.random() < 0.5 else set())
    return Truth(suspected=suspected, there=there, score=score, rivals=frozenset(seen))


def _right(truth: Truth) -> tuple[str, str | None]:
    return ("not_a_logo", None) if truth.there is None else ("logo", truth.there)


def _matter(
    number: int, truth: Truth, officer: str, answer: Answer, attackers: Sequence[str], rng: random.Random
) -> Matter:
    decided = START + timedelta(minutes=number)
    state, second = "standing", None
    if answer.action == "suspend":  # needs another officer, who looks
        second = _second(officer, attackers, rng)
        agrees = second in attackers or truth.there == truth.suspected or rng.random() < MISTAKES
        state = "standing" if agrees else "refused"
    voice = Voice(
        decision_id=f"d{number}",
        officer=officer,
        second=second,
        action=answer.action,
        state=state,
        named=answer.named,
        named_holder=answer.named,
        correction=None,
        batch=False,
        decided_at=decided,
        effective_at=decided,
    )
    spot = Spot(view=0, box=BOX)
    sighting = Sighting(
        spot=spot, mark_id=truth.suspected, holder=truth.suspected, score=truth.score, candidates=truth.rivals
    )
    return Matter(
        alert_id=f"a{number}",
        office="main",
        station="dock-1",
        mark_id=truth.suspected,
        holder=truth.suspected,
        injected=False,
        pictures=(_picture(number, decided),),
        sightings=(sighting,),
        voices=(voice,),
    )


def _second(officer: str, attackers: Sequence[str], rng: random.Random) -> str:
    if officer in attackers and len(attackers) > 1:
        return next(name for name in attackers if name != officer)
    others = [f"officer-{n}" for n in range(OFFICERS)]
    return rng.choice([name for name in others if name != officer])


def _picture(number: int, at: datetime) -> Picture:
    return Picture(
        scan_id=f"s{number}",
        view=0,
        sha256=f"{number:064x}",
        media_type="image/jpeg",
        width=200,
        height=200,
        name=None,
        modality="photo",
        sidecar=None,
        parcel=f"p{number}",
        consignor="",
        station="dock-1",
        captured_at=at,
    )


def tries(seeds: int = SEEDS, colluding: int = 1) -> list[Try]:
    """Each way, share and seed."""
    rules = load_label_rules()
    return [
        season(attack, share, seed, rules, colluding) for attack in ATTACKS for share in SHARES for seed in range(seeds)
    ]


def measure(seeds: int = SEEDS) -> dict[str, int]:
    """Tries, and how many were passed."""
    done = tries(seeds)
    return {"poisoning_passed": sum(one.passed for one in done), "tries": len(done)}


def main() -> None:
    """Print what came of all, by attack and share, and of two attackers together."""
    for colluding in (1, 2):
        done = tries(colluding=colluding)
        groups = Counter((one.attack, one.share) for one in done)
        for attack, share in groups:
            own = [one for one in done if (one.attack, one.share) == (attack, share)]
            worst = max(one.collected / max(1, one.on_target) for one in own)
            given, taken = sum(one.false_of_attacker for one in own), sum(one.collected for one in own)
            line = {"attackers": colluding, "attack": attack, "share": share, "false_given": given}
            line |= {"false_collected": taken, "worst_share_of_mark": round(worst, 4)}
            line |= {"found_out": sum(one.found_out for one in own), "passed": sum(one.passed for one in own)}
            line |= {"on_target": sum(one.on_target for one in own) // len(own), "of": len(own)}
            print(json.dumps(line))  # noqa: T201 - this is a command
        total = {"poisoning_passed": sum(one.passed for one in done), "tries": len(done), "attackers": colluding}
        print(json.dumps(total))  # noqa: T201


if __name__ == "__main__":
    main()
