"""Which labels are set aside: one officer's word against a champion that is sure, and nothing else."""

import pytest

from datasets.labels.records import Label, LabelledImage
from training.retraining.contested import SURE, contested
from training.retraining.eyes import Said
from training.retraining.taught import Lesson

HOLDERS = {"fox": "forest", "vixen": "forest", "owl": "night"}


def lesson(mark: str | None, strength: str) -> Lesson:
    category = "not_a_logo" if mark is None else "logo"
    said = Label(
        label_id="l", box=(0.0, 0.0, 9.0, 9.0), category=category, mark_id=mark, strength=strength, source="decision:1"
    )
    image = LabelledImage(image_id="i", file_name="i.png", sha256="0" * 64, width=20, height=20, labels=(said,))
    return Lesson(image=image, label=said, weight=0.5)


@pytest.mark.parametrize(
    ("mark", "strength", "holder", "score", "aside"),
    [
        ("owl", "weak", "forest", SURE, True),
        ("owl", "weak", "forest", SURE - 0.01, False),  # the champion is not sure
        ("owl", "strong", "forest", 0.99, False),  # two officers agree: the champion is to learn it
        ("owl", "gold", "forest", 0.99, False),
        ("owl", "weak", "night", 0.99, False),
        ("vixen", "weak", "forest", 0.99, False),  # another mark of the same holder
        (None, "weak", "night", 0.7, True),
        (None, "weak", "night", 0.2, False),
        (None, "strong", "night", 0.7, False),
    ],
)
def test_one_word_against_a_sure_champion(
    mark: str | None, strength: str, holder: str, score: float, aside: bool
) -> None:
    assert contested(lesson(mark, strength), Said(holder=holder, score=score), HOLDERS) is aside
