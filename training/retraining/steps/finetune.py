"""Second step: the champion learns from the labels; what it is not told about is replayed and held where it was.

Resumes from the last checkpoint. Started by `torchrun`, all processes take part; the first one makes the material.
"""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from datasets.labels.records import Modality
from datasets.training_artwork import TrainingArtwork
from training.retraining import parallel
from training.retraining.backgrounds import backgrounds
from training.retraining.champion import Champion, load_champion
from training.retraining.contested import uncontested
from training.retraining.context import Context
from training.retraining.detecting import tune_detector
from training.retraining.errors import Stopped
from training.retraining.files import write_json
from training.retraining.halves import Tuned
from training.retraining.material import Material, filed_pictures, labelled_pictures, looked_at, numbered
from training.retraining.objective import Weights
from training.retraining.replay import other_artwork, registry_artwork, renderings
from training.retraining.steps import manifest
from training.retraining.taught import Lesson, known_marks, lessons_of, read_labels
from training.retraining.tuning import LAST, Amounts, Draws, EmbedderTuning, Learner

OUTPUT = "finetune.json"
MATERIAL = "material.pt"
CHECKPOINT = "embedder.pt"
ENOUGH = 100  # labelled places that all steps are worth: with fewer there are fewer steps
SAVE_EVERY = 20  # steps
MOST_MARKS = 1500  # of a large registry, that are replayed in one run: the labelled ones first


def run(context: Context) -> None:
    """Tune the net of each role that there are labels for."""
    parallel.meet()  # the manifest is written by now
    manifest.check_unchanged(context)
    told: dict[str, Any] = {}
    for role in context.request.roles:
        told[role] = tune(context, role)
    if parallel.rank() == 0:
        write_json(context.run / OUTPUT, told)
    parallel.meet()


def tune(context: Context, role: str) -> dict[str, Any]:
    """Tune one role; returns what was done, or why nothing was."""
    lessons = lessons_of(read_labels(context.labels, known_marks(context.registry)), modality_of(role))
    if not lessons:
        return {"trained": False, "why": f"there is no label of {modality_of(role)} pictures"}
    if role.startswith("xray"):
        return {"trained": False, "why": "X-ray models are trained by training.xray; theirs stay as they are"}
    if role == "detector":
        return tune_detector(context, lessons)
    return tune_embedder(context, lessons)


def modality_of(role: str) -> Modality:
    """What a role's pictures are taken by."""
    return "xray" if role.startswith("xray") else "photo"


def tune_embedder(context: Context, lessons: Sequence[Lesson]) -> dict[str, Any]:
    """Tune the embedder on its material, to the last step or as long as the request allows."""
    champion = load_champion(context.champion, "embedder")
    blocks = len(champion.net.trunk.blocks) - LAST
    path = context.run / MATERIAL
    if parallel.rank() == 0 and not path.exists():
        material_of(context, champion, uncontested(context, lessons), blocks).save(path)
    parallel.meet()
    material = Material.load(path)
    if material is None:
        raise FileNotFoundError(f"there is no {path}")
    scale = context.scale
    learner = Learner(Tuned(champion.net, champion.parts, blocks), material, Weights()).to_device(parallel.device())
    steps = max(20, min(scale.steps, round(scale.steps * len(lessons) / ENOUGH)))
    tuning = EmbedderTuning(learner, steps=steps, seed=context.request.seed, checkpoint=context.run / CHECKPOINT)
    tuning.model = parallel.shared(learner)
    amounts = Amounts(replayed=scale.replayed, labelled=scale.labels, negatives=scale.labels // 2)
    advance(context, tuning, Draws(material, amounts, context.request.seed, parallel.rank()))
    return {
        "trained": True,
        "steps": tuning.step,
        "of": steps,
        "labelled": len(material.labelled) // scale.looks,
        "negatives": len(material.negatives) // scale.looks,
        "contested": len(lessons) - (len(material.labelled) + len(material.negatives)) // scale.looks,
        "replayed": len(material.replayed),
        "marks": len(material.marks),
    }


def advance(context: Context, tuning: EmbedderTuning, draws: Draws) -> None:
    """Step until the end, or until time is up; a checkpoint every SAVE_EVERY steps, and whenever it stops."""
    stop = time.monotonic() + 60 * context.request.minutes
    first = parallel.rank() == 0
    while tuning.step < tuning.steps:
        loss = tuning.advance(draws[tuning.step])
        asked = parallel.agreed(context.progress.stop.is_set())
        late = parallel.agreed(time.monotonic() > stop)
        if first and (tuning.step % SAVE_EVERY == 0 or tuning.step == tuning.steps or asked or late):
            tuning.save()
        if first:
            note = f"loss {loss:.3f}" if tuning.step % SAVE_EVERY == 0 else ""
            context.progress.say("finetune", tuning.step, tuning.steps, note)
        if asked:
            raise Stopped("the run was asked to stop; the same command goes on where it ended")
        if late:
            return


def material_of(context: Context, champion: Champion, lessons: Sequence[Lesson], blocks: int) -> Material:
    """Render, cut out, and look: all that the embedder is tuned on."""
    scale, seed, net, progress = context.scale, context.request.seed, champion.net, context.progress
    own = chosen(registry_artwork(context.registry, context.cache), lessons, seed)
    artwork = own + other_artwork(scale.others, own)
    marks, holder, of_row = numbered(artwork)
    photographs = backgrounds(context.given("photographs"), seed)
    how: dict[str, Any] = {"side": net.side, "seed": seed, "progress": progress}
    crops, rows = renderings(artwork, photographs, count=scale.renderings, **how)
    filed, filed_rows = filed_pictures(artwork, net.side)
    order = of_row[filed_rows].argsort(stable=True)
    number = {mark: index for index, mark in enumerate(marks)}
    shown = [lesson for lesson in lessons if lesson.mark_id is not None]
    none = [lesson for lesson in lessons if lesson.mark_id is None]
    parts = {}
    for name, group in (("labelled", shown), ("negatives", none)):
        pictures = labelled_pictures(context.labels, group, looks=scale.looks, **how)
        of_mark = torch.tensor([number.get(lesson.mark_id or "", -1) for lesson in group], dtype=torch.int64)
        weight = torch.tensor([lesson.weight for lesson in group], dtype=torch.float32)
        told = (of_mark.repeat_interleave(scale.looks), weight.repeat_interleave(scale.looks))
        parts[name] = looked_at(net, blocks, pictures, *told)
    return Material(
        marks=marks,
        holder=holder,
        filed=looked_at(net, blocks, filed[order], of_row[filed_rows][order]),
        replayed=looked_at(net, blocks, crops, of_row[rows]),
        **parts,
    )


def chosen(artwork: list[TrainingArtwork], lessons: Sequence[Lesson], seed: int) -> list[TrainingArtwork]:
    """The artwork of the labelled marks, and of others by lot, MOST_MARKS in all."""
    labelled = {lesson.mark_id for lesson in lessons}
    others = sorted({item.mark_id for item in artwork} - labelled)
    lots = np.random.default_rng(seed).permutation(len(others))[: max(0, MOST_MARKS - len(labelled))]
    kept = labelled | {others[index] for index in lots.tolist()}
    return [item for item in artwork if item.mark_id in kept]
