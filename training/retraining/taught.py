"""What officers taught: the labels of a run, checked, and weighed so that nobody's word counts for too much."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from datasets.labels.checking import check
from datasets.labels.lines import FILE, read_lines
from datasets.labels.records import Label, LabelledImage, Modality, Strength
from inference.artwork.table import read_table
from inference.decoding import decode
from inference.errors import TidewaiterError
from inference.vocabulary import Image
from training.retraining.errors import BadTrainingLabels
from training.retraining.files import sha256_of

PICTURES = "pictures"  # folder beside labels.jsonl
TRUST: Mapping[Strength, float] = {"gold": 1.0, "strong": 0.8, "weak": 0.5}
MOST_OF_A_MARK = 0.25  # of all weight: one mark's labels together
LEAST_PX = 8.0  # of a box's shorter side: nothing can be learnt from less


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """One labelled place: mark None is a logo of no recorded mark, or no logo at all."""

    image: LabelledImage
    label: Label
    weight: float  # 0..1, by strength and caps

    @property
    def mark_id(self) -> str | None:
        """The recorded mark that is there."""
        return self.label.mark_id if self.label.category == "logo" else None


def read_labels(folder: Path, known_marks: Collection[str]) -> tuple[LabelledImage, ...]:
    """The labelled pictures of a folder, every box and mark checked. Raises BadLabels, BadTrainingLabels."""
    try:
        data = (folder / FILE).read_bytes()
    except OSError as error:
        raise BadTrainingLabels(f"{folder / FILE} cannot be read: {error.strerror}", field="labels") from error
    images = read_lines(data)
    check(images, known_marks=known_marks)
    return images


def check_pictures(folder: Path, images: Sequence[LabelledImage]) -> None:
    """Raise BadTrainingLabels, naming each picture that is missing or not the one that was labelled."""
    wrong = []
    for image in images:
        path = folder / PICTURES / image.file_name
        if not path.is_file() or path.is_symlink():
            wrong.append(f"{image.image_id}: there is no {PICTURES}/{image.file_name}")
        elif (actual := sha256_of(path)) != image.sha256:
            told = f"has sha256 {actual[:12]}…, expected {image.sha256[:12]}…"
            wrong.append(f"{image.image_id}: {image.file_name} {told}")
    if wrong:
        more = f"; and {len(wrong) - 20} more" if len(wrong) > 20 else ""
        raise BadTrainingLabels("; ".join(wrong[:20]) + more, field="labels")


def lessons_of(images: Sequence[LabelledImage], modality: Modality) -> list[Lesson]:
    """What can be learnt from the labels of one modality, weighed. Ignored and tiny places teach nothing.

    A logo of no mark that was named (`mark_id` None) is kept: it is none of the marks it was taken for.
    """
    found = [
        Lesson(image=image, label=label, weight=TRUST[label.strength])
        for image in images
        if image.modality == modality
        for label in image.labels
        if not label.ignore and min(label.box[2] - label.box[0], label.box[3] - label.box[1]) >= LEAST_PX
    ]
    return capped(found)


def capped(lessons: Sequence[Lesson]) -> list[Lesson]:
    """The lessons with each mark's weight cut down to MOST_OF_A_MARK of what all weighed."""
    total = sum(lesson.weight for lesson in lessons)
    own: defaultdict[str, float] = defaultdict(float)
    for lesson in lessons:
        own[lesson.mark_id or ""] += lesson.weight
    shrink = {mark: min(1.0, MOST_OF_A_MARK * total / weight) for mark, weight in own.items() if weight > 0}
    return [
        lesson
        if lesson.mark_id is None
        else Lesson(image=lesson.image, label=lesson.label, weight=lesson.weight * shrink[lesson.mark_id])
        for lesson in lessons
    ]


def picture_of(folder: Path, image: LabelledImage) -> Image:
    """The labelled photograph (h, w, 3), decoded behind limits. Raises BadTrainingLabels."""
    try:
        picture = decode((folder / PICTURES / image.file_name).read_bytes())
    except (OSError, TidewaiterError) as error:
        raise BadTrainingLabels(f"{image.image_id}: {image.file_name}: {error}", field="labels") from error
    if picture.shape[:2] != (image.height, image.width):
        said, actual = f"{image.width}x{image.height}", f"{picture.shape[1]}x{picture.shape[0]}"
        raise BadTrainingLabels(f"{image.image_id}: the label says {said}, the picture is {actual}", field="labels")
    return picture


def known_marks(registry: Path) -> frozenset[str]:
    """The marks of an artwork table. Raises BadRegistryTable."""
    return frozenset(row.mark_id for row in read_table(registry)[0])
