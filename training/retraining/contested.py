"""One voice against a champion that is sure: such a label is set aside until a second officer has said the same.

Where the champion is right, a slip teaches it to forget the mark: of a mark with few labels, one false label is the
loudest (after Northcutt et al. 2021, Confident Learning, doi:10.1613/jair.1.12125). Where the champion is wrong, a
second officer's word makes the label strong, and it counts.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from inference.artwork.table import read_table
from inference.embedder import square_crop
from inference.vocabulary import Image
from training.retraining.context import Context
from training.retraining.errors import BadTrainingLabels
from training.retraining.eyes import Eyes, Said
from training.retraining.measuring import CROPS
from training.retraining.taught import Lesson, picture_of

SURE = 0.5  # score: the champion is rather right than wrong


def contested(lesson: Lesson, said: Said, holder_of: Mapping[str, str]) -> bool:
    """Whether a lesson is one officer's word against what the champion is sure of; marks of one holder are alike."""
    taught = None if lesson.mark_id is None else holder_of.get(lesson.mark_id)
    return lesson.label.strength == "weak" and said.score >= SURE and said.holder != taught


def uncontested(context: Context, lessons: Sequence[Lesson]) -> list[Lesson]:
    """The lessons without those that are contested. Raises BadTrainingLabels if none is left."""
    holder_of = {row.mark_id: row.holder for row in read_table(context.registry)[0]}
    champion = Eyes.of(context.champion, context.registry, context.cache)
    side = champion.inspector.embedder.side
    said = champion.say([_crop(context, lesson, side) for lesson in lessons])
    kept = [one for one, its in zip(lessons, said, strict=True) if not contested(one, its, holder_of)]
    if not kept:
        message = f"all {len(lessons)} labels contradict what the champion is sure of; second officers have to agree"
        raise BadTrainingLabels(message, field="labels")
    return kept


def _crop(context: Context, lesson: Lesson, side: int) -> Image:
    box = np.array(lesson.label.box, np.float32)
    return square_crop(picture_of(context.labels, lesson.image), box, side, CROPS)
