"""Run the pipeline over the pictures of a set and keep what every measure needs."""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from time import perf_counter

import numpy as np

from datasets.evaluation_set import BadEvaluationSet, Picture
from inference.errors import BadImage
from inference.vocabulary import Image, Verdict
from training.evaluation.interfaces import Inspector
from training.evaluation.records import Candidate, Observation, RankedCrop

Decode = Callable[[bytes], Image]
CLEAN_TYPES = (".jpg", ".jpeg", ".png", ".webp")
RANKED = 10


def clean_pictures(folder: Path) -> list[Path]:
    """The pictures anywhere under `folder`, in order of their names; raise BadEvaluationSet if there are none."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in CLEAN_TYPES and path.is_file())
    if not found:
        raise BadEvaluationSet(folder, [f"no clean pictures here (looked for {', '.join(CLEAN_TYPES)})"])
    return found


class Observer:
    """Looks at pictures with `inspector`; `registered` are the right holders that the registry has."""

    def __init__(self, inspector: Inspector, decode: Decode, registered: Collection[str]) -> None:
        self._inspector = inspector
        self._decode = decode
        self._registered = registered

    def picture(self, picture: Picture) -> Observation:
        """Look at one picture of the set: the whole pipeline, timed; then the detector and the given boxes alone."""
        image, verdict, milliseconds = self._timed(picture.path, picture.name)
        if image.shape[:2] != (picture.height, picture.width):
            height, width = image.shape[:2]
            said = f"{picture.width}x{picture.height}"
            raise BadEvaluationSet(picture.path, [f"annotations.json says {said}, the picture is {width}x{height}"])
        return Observation(
            name=picture.name,
            marks=picture.marks,
            boxes_complete=picture.boxes_complete,
            boxes=picture.boxes,
            candidates=tuple(best_candidates(verdict)),
            detections=self._inspector.detector.detect(image),
            crops=tuple(self._crops(image, picture)),
            milliseconds=milliseconds,
        )

    def clean(self, path: Path) -> Observation:
        """Look at one picture that shows none of the recorded marks: only the alerts matter."""
        _, verdict, milliseconds = self._timed(path, path.name)
        return Observation(name=path.name, candidates=tuple(best_candidates(verdict)), milliseconds=milliseconds)

    def warm_up(self, path: Path) -> None:
        """Inspect one picture without keeping anything: the first run pays for loading and allocating."""
        self._timed(path, path.name)

    def _timed(self, path: Path, name: str) -> tuple[Image, Verdict, float]:
        data = path.read_bytes()
        start = perf_counter()
        try:
            image = self._decode(data)
        except BadImage as error:
            raise BadEvaluationSet(path, [f"{name}: {error}"]) from error
        verdict = self._inspector.inspect(image)
        return image, verdict, (perf_counter() - start) * 1000

    def _crops(self, image: Image, picture: Picture) -> Iterator[RankedCrop]:
        boxes = [box for box in picture.boxes if box.holder in self._registered]
        if not boxes:
            return
        array = np.array([box.box for box in boxes], np.float32)  # (n, 4)
        hits = self._inspector.recognise(image, array, RANKED)
        for box, found in zip(boxes, hits, strict=True):
            ranking = tuple(hit.mark.holder for hit in found[:RANKED])
            yield RankedCrop(holder=box.holder, size=box.size, ranking=ranking)


def best_candidates(verdict: Verdict) -> Iterator[Candidate]:
    """The best match of each finding that has one."""
    for finding in verdict.findings:
        if finding.matches:
            best = finding.matches[0]
            yield Candidate(box=finding.detection.box, holder=best.mark.holder, score=best.score)
