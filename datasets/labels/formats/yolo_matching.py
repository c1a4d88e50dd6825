"""Which line of a YOLO file is which label of ours: the lines carry no names of their own.

First those that are as they were written, then those at the same place with another class, then those of the same
class that still overlap where they were. A line that fits none of them is new, and a label without a line is deleted.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from datasets.labels.formats.intake import class_name
from datasets.labels.formats.notation import Notation, Numbers, SeenLabel
from datasets.labels.plain import plain_label
from datasets.labels.records import Box, Label, LabelledImage

Fits = Callable[[SeenLabel, "_Ours"], float]  # how well a line fits a label, 0: not at all
LEAST_OVERLAP = 0.1  # share of the union; a box that was moved farther is another label


@dataclass(frozen=True, kw_only=True)
class _Ours:
    """A label of ours, and what its line was."""

    label: Label
    place: int
    numbers: Numbers


def matched(lines: Sequence[SeenLabel], image: LabelledImage, notation: Notation) -> tuple[SeenLabel, ...]:
    """The lines with our records of them, in the order of the records, new ones last.

    Labels to be ignored have no line, since whoever trains on the file would learn them: they are kept.
    """
    numbers = [notation.numbers(label.box, image.width, image.height) for label in image.labels]
    ours = [
        _Ours(label=label, place=i, numbers=n) for i, (label, n) in enumerate(zip(image.labels, numbers, strict=True))
    ]
    found: dict[int, SeenLabel] = {one.place: _unwritten(one) for one in ours if one.label.ignore}
    rest, free = list(lines), [one for one in ours if not one.label.ignore]

    def same_class(line: SeenLabel, one: _Ours) -> float:
        return line.name.strip() == class_name(one.label).strip()

    def same_place(line: SeenLabel, one: _Ours) -> float:
        return all(abs(a - b) <= notation.tolerance for a, b in zip(line.numbers, one.numbers, strict=True))

    def near(line: SeenLabel, one: _Ours) -> float:
        if not same_class(line, one):
            return 0.0
        share = overlap(notation.box(line.numbers, 1, 1), notation.box(one.numbers, 1, 1))
        return share if share >= LEAST_OVERLAP else 0.0

    def unchanged(line: SeenLabel, one: _Ours) -> float:
        return same_class(line, one) and same_place(line, one)

    rest, free = _exact(rest, free, found)
    for fits, reach in ((unchanged, notation.tolerance), (same_place, notation.tolerance), (near, 1.0)):
        rest, free = _pass(rest, free, fits, reach, found)
    return (*(found[place] for place in sorted(found)), *rest)


def _exact(
    lines: list[SeenLabel], free: list[_Ours], found: dict[int, SeenLabel]
) -> tuple[list[SeenLabel], list[_Ours]]:
    """Pair the lines that are to the last digit as they were written: nearly all, and at once."""
    waiting: defaultdict[tuple[str, Numbers], deque[_Ours]] = defaultdict(deque)
    for one in free:
        waiting[class_name(one.label).strip(), one.numbers].append(one)
    left = []
    for line in lines:
        if same := waiting[line.name.strip(), line.numbers]:
            one = same.popleft()
            found[one.place] = replace(line, ours=plain_label(one.label))
        else:
            left.append(line)
    return left, [one for one in free if one.place not in found]


def _pass(
    lines: list[SeenLabel], free: list[_Ours], fits: Fits, reach: float, found: dict[int, SeenLabel]
) -> tuple[list[SeenLabel], list[_Ours]]:
    """Pair what fits, the best first, and what fits equally in its order; return what is left of both.

    Only those whose centres are no farther apart across than `reach`, a share of the picture, are compared.
    """
    by_centre = sorted(range(len(free)), key=lambda j: free[j].numbers[0])
    centres = [free[j].numbers[0] for j in by_centre]
    scores: list[tuple[float, int, int]] = []
    for i, line in enumerate(lines):
        low, high = bisect_left(centres, line.numbers[0] - reach), bisect_right(centres, line.numbers[0] + reach)
        scores += [(score, i, j) for j in by_centre[low:high] if (score := float(fits(line, free[j]))) > 0]
    used_lines: set[int] = set()
    used_labels: set[int] = set()
    for _, i, j in sorted(scores, key=lambda entry: (-entry[0], *entry[1:])):
        if i not in used_lines and j not in used_labels:
            used_lines.add(i)
            used_labels.add(j)
            found[free[j].place] = replace(lines[i], ours=plain_label(free[j].label))
    left = [line for i, line in enumerate(lines) if i not in used_lines]
    return left, [one for j, one in enumerate(free) if j not in used_labels]


def _unwritten(one: _Ours) -> SeenLabel:
    label = one.label
    return SeenLabel(place="labels.jsonl", name=class_name(label), numbers=one.numbers, ours=plain_label(label))


def overlap(first: Box, second: Box) -> float:
    """What two boxes share, as a share of both together, 0..1."""
    across = min(first[2], second[2]) - max(first[0], second[0])
    down = min(first[3], second[3]) - max(first[1], second[1])
    if across <= 0 or down <= 0:
        return 0.0
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (first, second))
    union = areas - across * down
    return across * down / union if union > 0 else 0.0
