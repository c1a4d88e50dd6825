"""What is watched, and how views are counted: figures in fixed classes, so that days can be added up. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from service.drift.measures import Counts, binned

Kind = Literal["shares", "rate"]
Column = NDArray[Any]  # (n,), one value for each view
CLASSES = 64  # of a figure that is measured
COLOURS = ("grey", "colour")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """Something measured on each view: how it is read from the columns of many, and between which ends it lies."""

    read: Callable[[Mapping[str, Column]], Column]
    ends: tuple[float, float]
    classes: int = CLASSES
    of_model: bool = False  # other models measure it otherwise

    @property
    def edges(self) -> NDArray[np.float64]:
        """The ends of its classes (classes + 1,)."""
        return np.linspace(*self.ends, self.classes + 1)


def _plain(name: str) -> Callable[[Mapping[str, Column]], Column]:
    return lambda columns: columns[name]


def _size(columns: Mapping[str, Column]) -> Column:
    return np.asarray(np.log2(np.maximum(columns["megapixels"], 1e-6)))


def _novelty(columns: Mapping[str, Column]) -> Column:
    """1 - likeness, where anything was found: how far it is from all that is recorded."""
    return np.asarray(np.where(columns["findings"] > 0, 1 - columns["likeness"], np.nan))


def _coloured(columns: Mapping[str, Column]) -> Column:
    return np.asarray(np.where(columns["colour_map"] == COLOURS[0], 0.0, 1.0))


# Embedding drift is watched as novelty, the distance between what was seen and the likest filed artwork: one number for
# each view, of whichever embedder. The vectors themselves would need 256, and random directions find less: a shift
# that all views share is, along one of them, a sixteenth of its length.
FIGURES: Mapping[str, Figure] = {
    "brightness": Figure(read=_plain("brightness"), ends=(0, 256)),
    "contrast": Figure(read=_plain("contrast"), ends=(0, 128)),
    "sharpness": Figure(read=_plain("sharpness"), ends=(0, 5)),
    "saturation": Figure(read=_plain("saturation"), ends=(0, 1)),
    "size": Figure(read=_size, ends=(-8, 8)),  # of log2 of the megapixels: 0.004 to 256
    "colour_map": Figure(read=_coloured, ends=(0, 2), classes=2),
    "score": Figure(read=_plain("best_score"), ends=(0, 1), of_model=True),
    "novelty": Figure(read=_novelty, ends=(0, 1.5), of_model=True),
}
RATES: Mapping[str, Callable[[Mapping[str, Column]], Column]] = {  # of the views; other models, other rates
    "alerts": lambda columns: columns["alerts"] > 0,
    "unmatched": lambda columns: columns["unmatched"].astype(bool),
    "nothing_found": lambda columns: columns["findings"] == 0,
}
OF_DECISIONS = ("false_alarms", "false_alarm_reason", "tests_wrong", "late")
METRICS: tuple[str, ...] = (*FIGURES, *RATES, *OF_DECISIONS)
COLUMNS = (
    "brightness",
    "contrast",
    "sharpness",
    "saturation",
    "megapixels",
    "colour_map",
    "findings",
    "best_score",
    "likeness",
    "unmatched",
    "alerts",
    "release_id",
)


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Views, counted."""

    views: int
    histograms: Mapping[str, Counts]  # figure -> views in each class
    sums: Mapping[str, float]  # figure -> sum of its values
    hits: Mapping[str, int]  # rate -> views of which it is so
    releases: Mapping[str, int]  # release of the models -> views

    @property
    def release(self) -> str:
        """By which most were judged."""
        return max(self.releases, key=lambda one: (self.releases[one], one), default="")

    def mean(self, figure: str) -> float | None:
        """The mean of a figure, or None: it was measured on none."""
        count = int(self.histograms[figure].sum())
        return self.sums[figure] / count if count else None

    def document(self) -> dict[str, Any]:
        """As it is stored; `tally_of` reads it."""
        return {
            "histograms": {name: counts.tolist() for name, counts in self.histograms.items()},
            "sums": dict(self.sums),
            "hits": dict(self.hits),
            "releases": dict(self.releases),
        }


def tally_of(views: int, document: Mapping[str, Any]) -> Tally:
    """A stored tally. A figure that was not counted then, or in other classes, counts as never measured."""
    kept = document["histograms"]
    known = {name: len(kept.get(name, ())) == figure.classes for name, figure in FIGURES.items()}
    return Tally(
        views=views,
        histograms={
            name: np.array(kept[name] if known[name] else [0] * figure.classes, np.int64)
            for name, figure in FIGURES.items()
        },
        sums={name: float(document["sums"][name]) if known[name] else 0.0 for name in FIGURES},
        hits={name: int(document["hits"].get(name, 0)) for name in RATES},
        releases={str(name): int(count) for name, count in document["releases"].items()},
    )


def counted(columns: Mapping[str, Column]) -> Tally:
    """Views by their columns, each (n,) and named as in `COLUMNS`. What is not finite is not counted."""
    values = {name: np.asarray(figure.read(columns), np.float64) for name, figure in FIGURES.items()}
    names, counts = np.unique(columns["release_id"].astype(str), return_counts=True)
    return Tally(
        views=len(columns["release_id"]),
        histograms={name: binned(values[name], figure.edges) for name, figure in FIGURES.items()},
        sums={name: float(values[name][np.isfinite(values[name])].sum()) for name in FIGURES},
        hits={name: int(read(columns).sum()) for name, read in RATES.items()},
        releases={str(name): int(count) for name, count in zip(names, counts, strict=True)},
    )


def columns_of(rows: Sequence[Sequence[Any]]) -> dict[str, Column]:
    """Rows of `COLUMNS` as columns."""
    columns = zip(*rows, strict=True) if rows else ([] for _ in COLUMNS)
    return {name: np.array(column) for name, column in zip(COLUMNS, columns, strict=True)}


def added(tallies: Iterable[Tally]) -> Tally:
    """All of them together."""
    parts = list(tallies)
    return Tally(
        views=sum(one.views for one in parts),
        histograms={
            name: np.sum([one.histograms[name] for one in parts], axis=0, dtype=np.int64)
            if parts
            else np.zeros(figure.classes, np.int64)
            for name, figure in FIGURES.items()
        },
        sums={name: sum(one.sums[name] for one in parts) for name in FIGURES},
        hits={name: sum(one.hits[name] for one in parts) for name in RATES},
        releases={
            name: sum(one.releases.get(name, 0) for one in parts)
            for name in sorted({name for one in parts for name in one.releases})
        },
    )
