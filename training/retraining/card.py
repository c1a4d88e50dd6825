"""The model card of a candidate, written from what the run measured; nothing in it is typed by hand."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

SHOWN = 12  # marks in a table: those that lost and gained most


def card(
    name: str,
    *,
    manifest: Mapping[str, Any],
    trained: Mapping[str, Any],
    evaluation: Mapping[str, Any],
    calibration: Mapping[str, Any],
    gates: Sequence[Mapping[str, Any]],
    lock: Mapping[str, Any],
) -> str:
    """The card as Markdown."""
    role = next(role for role, what in evaluation["made"].items() if what["name"] == name)
    lines = [
        f"# {name}",
        "",
        f"A candidate for the role {role}, trained on from {manifest['champion']['current'][role]['name']} by "
        f"`python -m training.retraining` ({lock['mode']} mode).",
        "",
        *_learnt(manifest, trained[role]),
        *_measured(evaluation),
        *_marks(evaluation["marks"]),
        *_robustness(evaluation["robustness"]),
        *_gates(gates),
        *_limits(manifest, calibration, evaluation),
        *_made(lock),
    ]
    return "\n".join(lines) + "\n"


def _learnt(manifest: Mapping[str, Any], trained: Mapping[str, Any]) -> Iterator[str]:
    counts = manifest["counts"]
    kinds = ", ".join(f"{count} {name}" for name, count in counts["strength"].items())
    yield (
        f"**Learnt from.** {counts['taught']} of {counts['labels']} labels on {counts['images']} pictures ({kinds}), "
        f"of {len(counts['marks'])} marks; {counts['category'].get('not_a_logo', 0)} places that are no logo. "
        + ", ".join(f"{key} {value}" for key, value in trained.items() if key not in ("trained", "why"))
        + "."
    )
    yield ""


def _measured(evaluation: Mapping[str, Any]) -> Iterator[str]:
    yield f"**Measured** as it lies on the disk, on {evaluation['machine']}:"
    for name, both in evaluation["sets"].items():
        yield ""
        yield f"| {name} set | champion | candidate |"
        yield "|---|---|---|"
        for key, words in ROWS.items():
            before, after = (_figure(both[who][key]) for who in ("champion", "candidate"))
            yield f"| {words} | {before} | {after} |"
    yield ""


ROWS = {
    "recall_at_fixed_false_alerts": "recall at 1 % of clean pictures",
    "recall": "recall at the shipped threshold",
    "false_alerts": "clean pictures that raise an alert",
    "wrong_alerts": "alerts a picture for marks not in it",
    "top1": "given boxes, right holder first",
    "ece": "calibration error",
    "p95_ms": "milliseconds, 95 of 100 pictures",
}


def _figure(told: Mapping[str, Any] | float) -> str:
    if not isinstance(told, Mapping):
        return f"{told:.0f}"
    if told["value"] is None:
        return "not known"
    return f"{told['value']:.3f} ({told['low']:.3f}–{told['high']:.3f}, n {told['n']})"


def _marks(marks: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    changed = sorted((item for item in marks.items() if item[1]["loss"]), key=lambda item: item[1]["loss"])
    shown = changed if len(changed) <= SHOWN else changed[: SHOWN // 2] + changed[-SHOWN // 2 :]
    yield f"**Marks.** {len(marks)} were measured one by one, {len(changed)} changed; those that changed most:"
    yield ""
    yield "| mark | n | champion | candidate | change | 95 % interval |"
    yield "|---|---|---|---|---|---|"
    for mark, told in shown:
        rates = f"{told['champion'] / told['n']:.3f} | {told['candidate'] / told['n']:.3f}"
        yield f"| {mark} | {told['n']} | {rates} | {-told['loss']:+.3f} | {-told['high']:+.3f} to {-told['low']:+.3f} |"
    yield ""


def _robustness(told: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield "**Robustness**, given boxes of the frozen set:"
    yield ""
    yield "| change | n | champion | candidate |"
    yield "|---|---|---|---|"
    for name, one in told.items():
        n = max(one["n"], 1)
        yield f"| {name} | {one['n']} | {one['champion'] / n:.3f} | {one['candidate'] / n:.3f} |"
    yield ""


def _gates(gates: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "**Gates.**"
    yield ""
    for gate in gates:
        yield f"- {'passed' if gate['passed'] else '**refused**'}: {gate['gate']}: {gate['words']}"
    yield ""


def _limits(
    manifest: Mapping[str, Any], calibration: Mapping[str, Any], evaluation: Mapping[str, Any]
) -> Iterator[str]:
    rendered = "golden" not in manifest["frozen"]
    yield "**Limits.** Officers label what the champion raises: what it never saw, nobody judged. Labels hold errors."
    if rendered:
        yield "The frozen set is rendered, not photographed."
    if not calibration.get("fitted"):
        yield f"Scores are the champion's: {calibration.get('why', 'nothing was fitted')}."
    if evaluation["modality"]["xray"] is None:
        yield "X-ray scans were not looked at."
    yield ""


def _made(lock: Mapping[str, Any]) -> Iterator[str]:
    yield "**Made by.**"
    yield ""
    for key in ("commit", "lock_sha256", "manifest_sha256", "python", "seed"):
        yield f"- {key}: {lock[key]}"
