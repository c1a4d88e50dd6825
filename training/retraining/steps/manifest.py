"""First step: what the run rests on, down to each picture's sha256; nothing is learnt from what changed or leaked."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from datasets.evaluation_set import read_evaluation_set
from datasets.labels.lines import FILE as LINES
from datasets.labels.records import LabelledImage
from inference.artwork.table import read_table
from training.retraining.champion import champion_bundle, check_loads, deployed_names
from training.retraining.context import Context
from training.retraining.errors import BadTrainingLabels, ChangedMeanwhile
from training.retraining.files import folder_sums, read_json, sha256_of, write_json
from training.retraining.gatefile import read_gates
from training.retraining.taught import check_pictures, known_marks, lessons_of, read_labels

OUTPUT = "manifest.json"
FROZEN = ("golden", "recent", "clean")


def run(context: Context) -> None:
    """Check everything that was given and write down what it is. Raises what it finds wrong, as TidewaiterError."""
    context.progress.say("manifest", 0, 3, "reading labels")
    marks = known_marks(context.registry)
    images = read_labels(context.labels, marks)
    check_pictures(context.labels, images)
    context.progress.say("manifest", 1, 3, "looking at the champion")
    read_gates(context.needed("gates"))
    for role in context.request.roles:
        champion_bundle(context.champion, role)
    check_loads(context.champion)
    context.progress.say("manifest", 2, 3, "looking for leaks")
    check_leaks(context, images)
    if not counts(images)["taught"]:
        raise BadTrainingLabels(f"none of the {counts(images)['labels']} labels teaches anything", field="labels")
    write_json(context.run / OUTPUT, described(context, images))
    context.progress.say("manifest", 3, 3)


def described(context: Context, images: Sequence[LabelledImage]) -> dict[str, Any]:
    """The manifest: identities of all that was given, and counts of the labels."""
    return {
        "request": context.request.model_dump(),
        "labels_sha256": sha256_of(context.labels / LINES),
        "pictures": {image.file_name: image.sha256 for image in images},
        "registry": registry_sums(context.registry),
        "gates_sha256": sha256_of(context.needed("gates")),
        "champion": {"current": deployed_names(context.champion), "files": folder_sums(context.champion)},
        "frozen": {name: folder_sums(path) for name in FROZEN if (path := context.given(name)) is not None},
        "counts": counts(images),
    }


def counts(images: Sequence[LabelledImage]) -> dict[str, Any]:
    """How many labels there are: of each kind, strength and mark, and how many of them teach something."""
    labels = [label for image in images for label in image.labels]
    taught = [lesson for modality in ("photo", "xray") for lesson in lessons_of(images, modality)]
    return {
        "images": len(images),
        "labels": len(labels),
        "taught": len(taught),
        "ignored": len(labels) - len(taught),
        "category": counted(label.category for label in labels),
        "strength": counted(label.strength for label in labels),
        "modality": counted(image.modality for image in images for _ in image.labels),
        "marks": counted(lesson.mark_id for lesson in taught if lesson.mark_id is not None),
    }


def counted(values: Iterable[str]) -> dict[str, int]:
    """How often each value comes, by name."""
    return dict(sorted(Counter(values).items()))


def registry_sums(table: Path) -> dict[str, str]:
    """sha256 of the table and of each file that it names."""
    rows, _ = read_table(table)
    files = {row.file.relative_to(table.resolve().parent).as_posix(): row.file for row in rows}
    return {table.name: sha256_of(table)} | {name: sha256_of(path) for name, path in sorted(files.items())}


def check_leaks(context: Context, images: Sequence[LabelledImage]) -> None:
    """Raise BadTrainingLabels if a labelled picture is also in a set that is measured with."""
    labelled = {image.sha256: image.image_id for image in images}
    for name in FROZEN:
        folder = context.given(name)
        if folder is None:
            continue
        if name != "clean":
            read_evaluation_set(folder)  # every mistake of it is named before anything is trained
        leaked = sorted(labelled[value] for value in folder_sums(folder).values() if value in labelled)
        if leaked:
            raise BadTrainingLabels(
                f"{len(leaked)} labelled pictures are in the {name} set, among them {', '.join(leaked[:5])}; "
                "what is measured with is never learnt from",
                field="labels",
            )


def check_unchanged(context: Context) -> None:
    """Raise ChangedMeanwhile, naming what is no longer as the manifest has it: a resumed run rests on the same."""
    known = read_json(context.run / OUTPUT)
    images = read_labels(context.labels, known_marks(context.registry))
    now = described(context, images)
    changed = sorted(key for key in known if now.get(key) != known[key])
    if changed:
        raise ChangedMeanwhile(
            f"since this run began there is another {', '.join(changed)}; start a new run", field=changed[0]
        )
    check_pictures(context.labels, images)
