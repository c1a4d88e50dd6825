"""Fine-tuning of the detector: labelled photographs beside rendered scenes.

A photograph is seldom labelled whole: officers judged what was raised. What the champion is sure of and nobody denied
counts as a mark too, or the net would unlearn what it knows. Places that are not_a_logo are ground like any other.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from datasets.labels.records import LabelledImage
from datasets.renderer.scenes import render_scene
from inference.detector import Detector
from inference.engine import OrtSession
from inference.vocabulary import Boxes, Image
from training import engine
from training.detector_job import Batch
from training.evaluation.detection import iou
from training.losses import detection_loss
from training.nets.detection import DetectionNet, assign
from training.restore import restore
from training.retraining import parallel
from training.retraining.backgrounds import backgrounds
from training.retraining.champion import champion_bundle
from training.retraining.context import Context
from training.retraining.errors import Stopped
from training.retraining.jitter import filed_again, lit
from training.retraining.replay import registry_artwork
from training.retraining.taught import Lesson, picture_of

CHECKPOINT = "detector.pt"
SIDE = 320  # px of a scene
RATE = 1e-4
FROZEN = 8  # blocks of the trunk
SURE = 0.35  # score from which on the champion's own box counts where nobody said anything
SAME = 0.4  # IoU from which on two boxes are of one place
SAVE_EVERY = 10  # steps


def tune_detector(context: Context, lessons: Sequence[Lesson]) -> dict[str, Any]:
    """Tune the detector; returns what was done."""
    run = DetectorTuning(context)
    scenes = TaughtScenes(context, lessons)
    stop = time.monotonic() + 60 * context.request.minutes
    while run.step < run.steps:
        run.advance(scenes[run.step])
        asked = context.progress.stop.is_set()
        late = time.monotonic() > stop
        if run.step % SAVE_EVERY == 0 or run.step == run.steps or asked or late:
            run.save()
        context.progress.say("finetune detector", run.step, run.steps)
        if asked:
            raise Stopped("the run was asked to stop; the same command goes on where it ended")
        if late:
            break
    return {"trained": True, "steps": run.step, "of": run.steps, "pictures": len(scenes.pictures)}


class DetectorTuning:
    """The state of one run; see `engine.Run`. On several devices each does the same: the first one's is kept."""

    def __init__(self, context: Context) -> None:
        torch.manual_seed(context.request.seed)
        self.checkpoint, self.steps, self.step = context.run / CHECKPOINT, context.scale.detector_steps, 0
        bundle = champion_bundle(context.champion, "detector")
        self.net, self.device = DetectionNet(), parallel.device()
        saved = engine.load_checkpoint(self.checkpoint)
        self.net.load_state_dict(restore(context.champion / bundle.name) if saved is None else saved["net"])
        self.net.trunk.freeze(FROZEN)
        self.net.to(self.device).to(memory_format=torch.channels_last)
        self.optimiser = torch.optim.AdamW([p for p in self.net.parameters() if p.requires_grad], weight_decay=0.0)
        if saved is not None:
            self.optimiser.load_state_dict(saved["optimiser"])
            self.step = saved["step"]

    def advance(self, batch: Batch) -> float:
        """One step; returns the loss."""
        engine.set_learning_rates(self.optimiser, (RATE,), engine.learning_rate(self.step, self.steps, 5))
        logits, boxes = self.net(batch.pictures.to(self.device))
        loss = detection_loss(logits, boxes, batch.targets.to(self.device), batch.owned.to(self.device))
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimiser.step()
        self.step += 1
        return loss.item()

    def save(self) -> None:
        """Write the checkpoint."""
        if parallel.rank() == 0:
            state = {"net": self.net.state_dict(), "optimiser": self.optimiser.state_dict(), "step": self.step}
            engine.save_checkpoint(self.checkpoint, state)


class TaughtScenes:
    """The scenes of step i: half of them labelled photographs, the others rendered. They depend on seed and i alone."""

    def __init__(self, context: Context, lessons: Sequence[Lesson]) -> None:
        self._count, self._seed = context.scale.scenes, context.request.seed
        self._artwork = [item.picture for item in registry_artwork(context.registry, context.cache)]
        self._photographs = backgrounds(context.given("photographs"), context.request.seed)
        bundle = champion_bundle(context.champion, "detector")
        side, most = int(bundle.config["side"]), int(bundle.config["most"])
        champion = Detector(OrtSession(bundle.model), side=side, least=SURE, most=most, sha256=bundle.sha256)
        by_image: dict[str, list[Lesson]] = {}
        for lesson in lessons:
            by_image.setdefault(lesson.image.image_id, []).append(lesson)
        self.pictures = []
        for own in by_image.values():
            context.progress.breathe()
            picture = picture_of(context.labels, own[0].image)
            self.pictures.append((reduced(picture), boxes_of(own, champion.detect(picture)[0], own[0].image)))

    def __getitem__(self, step: int) -> Batch:
        rng = np.random.default_rng([self._seed, 0xDE7, step])
        scenes: list[tuple[Image, NDArray[np.float32]]] = []
        for index in range(self._count):
            if index % 2:
                scene = render_scene(rng, self._artwork, self._photographs, SIDE)
                scenes.append((scene.picture, scene.boxes))
            else:
                picture, boxes = self.pictures[int(rng.integers(len(self.pictures)))]
                scenes.append((filed_again(rng, lit(rng, picture)), boxes))
        pictures = [torch.from_numpy(np.ascontiguousarray(picture)) for picture, _ in scenes]
        filled = [targets_of(torch.from_numpy(boxes)) for _, boxes in scenes]
        targets, owned = (torch.stack(column) for column in zip(*filled, strict=True))
        return Batch(pictures=torch.stack(pictures), targets=targets, owned=owned)


def targets_of(boxes: Tensor) -> tuple[Tensor, Tensor]:
    """For each cell of a scene the box it answers for (k, 4), and whether there is one (k,)."""
    owner = assign(boxes, SIDE)
    return (boxes[owner.clamp(min=0)] if len(boxes) else torch.zeros(len(owner), 4)), owner >= 0


def reduced(picture: Image) -> Image:
    """The picture in the top left corner of a grey square of SIDE px."""
    scale = SIDE / max(picture.shape[:2])
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    canvas = np.full((SIDE, SIDE, 3), 114, np.uint8)
    canvas[: size[1], : size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return canvas


def boxes_of(lessons: Sequence[Lesson], seen: Boxes, image: LabelledImage) -> NDArray[np.float32]:
    """Boxes (n, 4) in px of the scene: the labelled logos, and what the champion saw where nobody said anything."""
    told = np.array([lesson.label.box for lesson in lessons], np.float32).reshape(-1, 4)
    logos = np.array([lesson.label.category == "logo" for lesson in lessons], bool)
    if image.complete or not len(seen):
        unsaid = np.zeros((0, 4), np.float32)
    else:
        unsaid = seen[iou(seen, told).max(1, initial=0.0) < SAME] if len(told) else seen
    scale = SIDE / max(image.width, image.height)
    return np.asarray(np.concatenate([told[logos], unsaid]) * np.float32(scale), np.float32)


def state_of(run: Path) -> dict[str, Tensor]:
    """The tuned net. Raises FileNotFoundError."""
    state: dict[str, Tensor] = engine.load_start(run / CHECKPOINT)["net"]
    return state
