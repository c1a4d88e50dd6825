"""Does a candidate pass? Pure: what was measured against the gate file, each gate with its reason in words.

A loss counts if chance hardly explains it (its 95 % interval lies above nothing) and it is larger than what is allowed,
or if it is larger than what is allowed at all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from training.retraining.gatefile import Gates

BOXES = 0.95  # overlap that a detector's boxes must have: they are no cosines


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one gate measured, allows, and says."""

    gate: str
    measured: float | None
    allowed: float
    passed: bool
    words: str

    def as_json(self) -> dict[str, Any]:
        """The answer as it stands in the report."""
        return asdict(self)


def answers(gates: Gates, measured: Mapping[str, Any]) -> list[Answer]:
    """The answer of every gate to an evaluation (see `steps.evaluate`)."""
    champion, candidate = (measured["sets"]["golden"][name] for name in ("champion", "candidate"))
    marks, robust = gates.marks, gates.robustness
    return [
        *_recall(gates, champion, candidate),
        *_losses("marks", measured["marks"], marks.most_loss, marks.most_loss_at_all, marks.least_n),
        *_losses("robustness", measured["robustness"], robust.most_loss, robust.most_loss_at_all, marks.least_n),
        _false_alerts(gates, champion, candidate),
        _latency(gates, measured["latency"]),
        *_calibration(gates, champion, candidate),
        *_size(gates, measured["bytes"]),
        *_parity(gates, measured["made"]),
    ]


def refused(given: list[Answer]) -> list[str]:
    """The words of the gates that were not passed."""
    return [answer.words for answer in given if not answer.passed]


def _recall(gates: Gates, champion: Mapping[str, Any], candidate: Mapping[str, Any]) -> Iterator[Answer]:
    before, after = (one["recall_at_fixed_false_alerts"] for one in (champion, candidate))
    value, n = after["value"] or 0.0, after["n"]
    yield Answer(
        gate="recall.least",
        measured=value,
        allowed=gates.recall.least,
        passed=value >= gates.recall.least,
        words=f"recall at fixed false alerts is {value:.3f} (n {n}); at least {gates.recall.least:.3f} is asked for",
    )
    loss = (before["value"] or 0.0) - value
    sure = n > 0 and (after["high"] or 0.0) < (before["value"] or 0.0)
    allowed = gates.recall.most_loss if sure else gates.recall.most_loss_at_all
    yield Answer(
        gate="recall.loss",
        measured=round(loss, 6),
        allowed=allowed,
        passed=loss <= allowed,
        words=f"recall changes by {-loss:+.3f}, {'beyond' if sure else 'within'} chance; {allowed:.3f} may be lost",
    )


def _losses(
    name: str, measured: Mapping[str, Mapping[str, Any]], most: float, at_all: float, least_n: int
) -> Iterator[Answer]:
    """One answer for all that pass, and one for each that does not."""
    worst, failed = 0.0, False
    for what, told in sorted(measured.items()):
        if told["n"] < least_n:
            continue
        loss = told["loss"]
        worst = max(worst, loss)
        beyond = told["low"] > 0 and loss > most
        if beyond or loss > at_all:
            failed = True
            allowed = most if beyond else at_all
            yield Answer(
                gate=f"{name}.{what}",
                measured=loss,
                allowed=allowed,
                passed=False,
                words=f"{what} loses {loss:.3f} ({told['low']:.3f} to {told['high']:.3f}, n {told['n']}); "
                f"{allowed:.3f} is allowed",
            )
    if not failed:
        words = f"the largest loss among {len(measured)} {name} is {worst:.3f}, within chance or {most:.3f}"
        yield Answer(gate=name, measured=worst, allowed=most, passed=True, words=words)


def _false_alerts(gates: Gates, champion: Mapping[str, Any], candidate: Mapping[str, Any]) -> Answer:
    before, after = (one["false_alerts"]["value"] or 0.0 for one in (champion, candidate))
    gain, n, allowed = after - before, candidate["false_alerts"]["n"], gates.false_alerts.most_gain
    words = f"{after:.3f} of {n} clean pictures raise an alert, {before:.3f} before; {allowed:.3f} more are allowed"
    return Answer(gate="false_alerts", measured=round(gain, 6), allowed=allowed, passed=gain <= allowed, words=words)


def _latency(gates: Gates, told: Mapping[str, float]) -> Answer:
    ratio, allowed = told["candidate"] / max(told["champion"], 1e-6), gates.latency.most_ratio
    words = f"95 of 100 pictures take {told['candidate']:.0f} ms at most, {told['champion']:.0f} ms before"
    return Answer(gate="latency", measured=round(ratio, 4), allowed=allowed, passed=ratio <= allowed, words=words)


def _calibration(gates: Gates, champion: Mapping[str, Any], candidate: Mapping[str, Any]) -> Iterator[Answer]:
    before, after = (one["ece"]["value"] or 0.0 for one in (champion, candidate))
    limits = (("ece", after, gates.calibration.most_ece), ("ece_gain", after - before, gates.calibration.most_gain))
    for name, value, allowed in limits:
        words = f"the calibration error is {after:.3f}, {before:.3f} before; {name} may be {allowed:.3f}"
        yield Answer(
            gate=f"calibration.{name}", measured=round(value, 6), allowed=allowed, passed=value <= allowed, words=words
        )


def _size(gates: Gates, sizes: Mapping[str, int]) -> Iterator[Answer]:
    ratio = sizes["candidate"] / max(sizes["champion"], 1)
    told = f"the models have {sizes['candidate']:,} bytes, {sizes['champion']:,} before"
    limits = (
        ("ratio", ratio, gates.size.most_ratio),
        ("bytes", float(sizes["candidate"]), float(gates.size.most_bytes)),
    )
    for name, value, allowed in limits:
        words = f"{told}; {allowed:,g} is allowed ({name})"
        yield Answer(
            gate=f"size.{name}", measured=round(value, 4), allowed=allowed, passed=value <= allowed, words=words
        )


def _parity(gates: Gates, made: Mapping[str, Mapping[str, Any]]) -> Iterator[Answer]:
    for role, what in sorted(made.items()):
        least = gates.parity.least if role.endswith("embedder") else BOXES
        words = f"{role}: what would be shipped agrees with the net by {what['parity']:.5f}; {least} is asked for"
        yield Answer(
            gate=f"parity.{role}", measured=what["parity"], allowed=least, passed=what["parity"] >= least, words=words
        )
