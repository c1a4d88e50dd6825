"""The report of an evaluation: one nested object of figures, as JSON or as a table."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from rich.table import Table

from training.evaluation import crops, detection
from training.evaluation.calibration_error import ece
from training.evaluation.photos import LEVELS, Photos
from training.evaluation.proportions import Figure
from training.evaluation.records import Observation, RankedCrop
from training.evaluation.timing import Machine, percentile

Tree = dict[str, Any]  # names -> Figure, str, float, None or another Tree


def measure(
    observations: Sequence[Observation],
    clean: Sequence[Observation],
    *,
    registered: Collection[str],
    threshold: float,
    machine: Machine,
) -> Tree:
    """All figures, by the names of the JSON report. `clean` pictures count for `photos` only."""
    ranked = [crop for seen in observations for crop in seen.crops]
    times = [seen.milliseconds for seen in observations]
    return {
        "crops": {
            **_tops(ranked),
            "by_size": {size: _tops(crops.sized(ranked, size)) for size in crops.SIZES},
        },
        "detection": {"recall20": detection.recall20(observations), "ap50": detection.ap50(observations)},
        "photos": _photos(Photos([*observations, *clean], registered), threshold),
        "ece": ece(observations),
        "ms": {
            "median": percentile(times, 50),
            "p95": percentile(times, 95),
            "machine": machine.name,
            "provider": machine.provider,
        },
    }


def _tops(ranked: Sequence[RankedCrop]) -> Tree:
    return {"top1": crops.top(ranked, 1), "top10": crops.top(ranked, 10)}


def _photos(photos: Photos, threshold: float) -> Tree:
    reported = {level: photos.threshold_at(level) for level in LEVELS}
    levels = [level for level, value in reported.items() if value is not None or level != "fpir01"]
    return {
        "fpir": photos.fpir(threshold),
        "recall": photos.recall(threshold),
        "wrong": photos.wrong(threshold),
        **{f"recall_at_{level}": photos.recall_at(level) for level in levels},
        "thresholds": {"shipped": threshold, **{level: reported[level] for level in levels}},
    }


def as_json(tree: Tree) -> Tree:
    """The report as plain numbers and strings, ready for `json.dumps`."""
    plain: Tree = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            plain[name] = as_json(value)
        else:
            plain[name] = value.as_json() if isinstance(value, Figure) else value
    return plain


def as_table(tree: Tree) -> Table:
    """The report as a table: name, value, items, 95 % interval; the machine and thresholds stand in the caption."""
    table = Table(title="Evaluation")
    for column in ("measure", "value", "n", "95 % interval"):
        table.add_column(column, justify="left" if column == "measure" else "right", no_wrap=True)
    notes = []
    for name, value in _flat(tree):
        if isinstance(value, Figure):
            table.add_row(name, _number(value.value), str(value.n), f"{_number(value.low)} - {_number(value.high)}")
        else:
            notes.append(f"{name}: {value if isinstance(value, str) else _number(value)}")
    table.caption = "\n".join(notes)
    return table


def _flat(tree: Tree, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if value >= 10 else f"{value:.3f}"  # noqa: PLR2004 - times have no use for thousandths
