"""Records for tests: sound ones to break, and random ones of every kind that may be written down."""

import hashlib
from typing import Any

from hypothesis import strategies as st

from datasets.labels.records import Label, LabelledImage


def label(label_id: str = "l1", **changes: Any) -> Label:
    """A sound label."""
    values: dict[str, Any] = {"box": (10.0, 20.0, 40.5, 32.25), "category": "logo", "mark_id": "tesmarin"}
    values |= {"label_id": label_id, "strength": "gold", "source": "set:test"}
    return Label(**(values | changes))


def image(image_id: str = "a", *labels: Label, **changes: Any) -> LabelledImage:
    """A sound picture of 100x50 pixels."""
    values: dict[str, Any] = {"file_name": f"{image_id}.jpg", "sha256": hashlib.sha256(image_id.encode()).hexdigest()}
    values |= {"image_id": image_id, "width": 100, "height": 50, "labels": labels}
    return LabelledImage(**(values | changes))


# surrogates cannot be written; control characters are refused; the last two XML refuses
_NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=12)
_SOME = _NAMES.filter(str.strip)
_NOTES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
_PARTS = _SOME.map(lambda text: text.replace("/", "_").replace("\\", "_")).filter(lambda text: text not in (".", ".."))
_MOMENTS = st.sampled_from(["", "2026-03-02T10:11:12.000345+01:00", "2026-03-02T10:11:12Z"])
_SPECIAL = st.sampled_from(
    ["logo", "not_a_logo", "0", "null", "- a", "a: b", "<b>&amp;", '"', " x ", "#", "名前", "a\u2028b"]
)
_MARKS = st.one_of(st.none(), _SOME, _SPECIAL)


@st.composite
def _sides(draw: st.DrawFn, most: int) -> tuple[float, float]:
    numbers = st.floats(0, most, allow_subnormal=True)
    low, high = sorted((draw(numbers), draw(numbers)))
    return (low, high) if low < high else (0.0, float(most))


@st.composite
def _labels(draw: st.DrawFn, label_id: str, width: int, height: int) -> Label:
    (x1, x2), (y1, y2) = draw(_sides(width)), draw(_sides(height))
    category = draw(st.sampled_from(["logo", "not_a_logo"]))
    return Label(
        label_id=label_id,
        box=(x1, y1, x2, y2),
        category=category,
        mark_id=draw(_MARKS) if category == "logo" else None,
        holder=draw(st.one_of(st.none(), _NAMES)),
        strength=draw(st.sampled_from(["gold", "strong", "weak"])),
        authenticity=draw(st.sampled_from(["infringing", "genuine", "unknown"])),
        ignore=draw(st.booleans()),
        occluded=draw(st.booleans()),
        truncated=draw(st.booleans()),
        source=draw(_SOME),
        provenance=tuple(sorted(draw(st.lists(st.tuples(_SOME, _NOTES), max_size=3)))),
    )


@st.composite
def _images(draw: st.DrawFn, number: int, label_ids: list[str]) -> LabelledImage:
    width, height = draw(st.integers(1, 5000)), draw(st.integers(1, 5000))
    folders = draw(st.lists(_PARTS.filter(lambda part: ":" not in part), max_size=2))
    texts = {field: draw(_NAMES) for field in ("view", "parcel", "consignor", "station", "licence")}
    return LabelledImage(
        image_id=f"{number}{draw(_NAMES)}",
        file_name="/".join([*folders, f"{number}{draw(_PARTS)}.{draw(st.sampled_from(['jpg', 'PNG', 'webp']))}"]),
        sha256=draw(st.binary(min_size=32, max_size=32)).hex(),
        width=width,
        height=height,
        modality=draw(st.sampled_from(["photo", "xray"])),
        captured_at=draw(_MOMENTS),
        complete=draw(st.booleans()),
        labels=tuple(draw(_labels(label_id, width, height)) for label_id in label_ids),
        **texts,
    )


@st.composite
def label_sets(draw: st.DrawFn) -> tuple[LabelledImage, ...]:
    """Up to three pictures with up to three labels each; all of it passes the checks."""
    images = []
    for number in range(draw(st.integers(0, 3))):
        ids = [f"{number}-{place}{draw(_NAMES)}" for place in range(draw(st.integers(0, 3)))]
        images.append(draw(_images(number, ids)))
    return tuple(images)
