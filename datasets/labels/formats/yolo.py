"""YOLO: `data.yaml` with the classes, `images.txt` with the pictures, and `labels/<picture>.txt`, one line per box.

A line is the class's number and the box's centre and size as shares of the picture. Labels to be ignored have no line,
since whoever trains on the file would learn them. Our records are in `labels.jsonl` beside it, see yolo_matching.py:
without it sizes and hashes come from the pictures, which lie in `pictures`, in `images`, or beside the text files.
"""

from collections.abc import Collection, Sequence
from pathlib import Path, PurePosixPath

from datasets.labels.errors import BadLabels, Problem, shown
from datasets.labels.formats.files import new_folder, read_bytes, write_text
from datasets.labels.formats.intake import Intake, class_name
from datasets.labels.formats.notation import Notation, Numbers, SeenImage, SeenLabel
from datasets.labels.formats.yolo_matching import matched
from datasets.labels.formats.yolo_places import Places, names_in
from datasets.labels.formats.yolo_yaml import quoted
from datasets.labels.lines import FILE as OURS
from datasets.labels.lines import read_lines, write_lines
from datasets.labels.plain import plain_image
from datasets.labels.records import Box, LabelledImage


def _numbers(box: Box, width: int, height: int) -> Numbers:
    x1, y1, x2, y2 = box
    return (x1 + x2) / 2 / width, (y1 + y2) / 2 / height, (x2 - x1) / width, (y2 - y1) / height


def _box(numbers: Numbers, width: int, height: int) -> Box:
    x, y, across, down = numbers
    return (x - across / 2) * width, (y - down / 2) * height, (x + across / 2) * width, (y + down / 2) * height


NOTATION = Notation(name="yolo", numbers=_numbers, box=_box, tolerance=1.01e-6)  # tools write six decimals


def write(images: Sequence[LabelledImage], folder: Path) -> None:
    """Write the set into a new or empty folder. Raises BadLabels, also if two pictures would share a text file."""
    data = write_lines(images)
    _check_stems(images)
    new_folder(folder)
    shown_labels = [label for image in images for label in image.labels if not label.ignore]
    classes = {name: i for i, name in enumerate(sorted({class_name(label) for label in shown_labels}))}
    named = [f"  {number}: {quoted(name)}\n" for name, number in classes.items()]
    names = "names:\n" + "".join(named) if named else "names: {}\n"
    write_text(folder / "data.yaml", "path: .\ntrain: images.txt\nval: images.txt\n" + names)
    write_text(folder / "images.txt", "".join(f"./images/{image.file_name}\n" for image in images))
    (folder / "labels").mkdir()
    for image in images:
        write_text(folder / "labels" / _text_file(image.file_name), _lines(image, classes))
    (folder / OURS).write_bytes(data)


def _text_file(file_name: str) -> str:
    return str(PurePosixPath(file_name).with_suffix(".txt"))


def _check_stems(images: Sequence[LabelledImage]) -> None:
    first: dict[str, str] = {}
    problems = []
    for image in images:
        text = _text_file(image.file_name)
        other = first.setdefault(text.casefold(), image.file_name)
        if other != image.file_name:
            why = f"{shown(other)} and {shown(image.file_name)} would share labels/{text}"
            problems.append(Problem(why=why, field="file_name", limit="names that differ in more than their ending"))
    if problems:
        raise BadLabels(problems)


def _lines(image: LabelledImage, classes: dict[str, int]) -> str:
    lines = []
    for label in image.labels:
        if not label.ignore:
            numbers = _numbers(label.box, image.width, image.height)
            lines.append(" ".join([str(classes[class_name(label)]), *(repr(float(n)) for n in numbers)]) + "\n")
    return "".join(lines)


def read(
    source: Path,
    *,
    pictures: Path | None = None,
    known_marks: Collection[str] = (),
    remarks: list[str] | None = None,
) -> tuple[LabelledImage, ...]:
    """The records of a folder, or of the folder of a `data.yaml`. See Format.read."""
    root = source if source.is_dir() else source.parent
    if not root.is_dir() or not source.exists():
        raise BadLabels.one("there is no such folder", place=str(source), field="file")
    ours = {image.file_name: image for image in _ours(root)}
    places = Places(root, pictures, tuple(ours))
    names = names_in(root, None if source.is_dir() else source)
    intake = Intake(NOTATION, pictures=places.pictures, known_marks=known_marks)
    for file_name in places.file_names():
        image = ours.get(file_name)
        path, place = places.text_of(file_name)
        lines = _seen(path, place, names, intake) if path else ()
        if image is not None:
            lines = matched(lines, image, NOTATION)
        record = None if image is None else plain_image(image)
        intake.take(SeenImage(place=place, file_name=file_name, ours=record, labels=tuple(lines)))
    intake.problems += [Problem(why="it is of no picture", place=place, field="file_name") for place in places.unused()]
    return intake.images(remarks)


def _ours(root: Path) -> tuple[LabelledImage, ...]:
    if not (root / OURS).is_file():
        return ()
    try:
        return read_lines(read_bytes(root / OURS))
    except BadLabels as error:
        raise BadLabels(error.at(OURS)) from error


def _seen(path: Path, place: str, names: dict[int, str], intake: Intake) -> tuple[SeenLabel, ...]:
    labels: list[SeenLabel] = []
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except (BadLabels, UnicodeDecodeError) as error:
        intake.problem(place, f"it cannot be read: {error}", field="file")
        return ()
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                labels.append(_label(line.split(), f"{place} line {number}", names, intake))
            except BadLabels as error:
                intake.problems += error.at(f"{place} line {number}")
    return tuple(labels)


def _label(words: list[str], place: str, names: dict[int, str], intake: Intake) -> SeenLabel:
    try:
        numbers = [float(word) for word in words[1:]]
        number = int(words[0])
    except ValueError as error:
        raise BadLabels.one(
            f"{shown(' '.join(words))} is no class and numbers", limit="class x y width height"
        ) from error
    if number not in names:
        why = f"unknown class {number}, the names have {len(names)}"
        raise BadLabels.one(why, field="category", limit=f"one of {len(names)} classes")
    if len(numbers) == 5:
        intake.remark("confidence not read", place)
    elif len(numbers) >= 6 and len(numbers) % 2 == 0:
        intake.remark("outline read as its box", place)
        xs, ys = numbers[::2], numbers[1::2]
        numbers = [(min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2, max(xs) - min(xs), max(ys) - min(ys)]
    elif len(numbers) != 4:
        raise BadLabels.one(f"it has {len(numbers)} numbers after the class", field="box", limit="x y width height")
    x, y, width, height = numbers[:4]
    return SeenLabel(place=place, name=names[number], numbers=(x, y, width, height))
