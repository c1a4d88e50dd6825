"""One pass over the pictures: each is looked at by the deployed pipeline, its variants and the peers in turn."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Protocol

import numpy as np

from datasets.evaluation_set import Picture
from inference.decoding import decode
from inference.inspector import Inspector
from inference.vocabulary import Boxes, Image
from training.evaluation.observing import RANKED, Observer, best_candidates
from training.evaluation.records import Observation, RankedCrop
from training.recognition.records import SHIPPED, Seen
from training.recognition.variants import copied, remembering

Variant = Callable[[Inspector], Inspector]  # the same inspector with one part changed


class Competitor(Protocol):
    """Ranks right holders for given boxes."""

    def rank(self, image: Image, boxes: Boxes) -> Sequence[tuple[str, ...]]:
        """The best right holders of each of the boxes (n, 4), best first, at most RANKED."""


class WholePictures(Protocol):
    """Recognises whole photographs."""

    def recognise(self, picture: Image) -> tuple[str, ...]:
        """The best right holders of a photograph (h, w, 3)."""


class Searching:
    """An inspector as a competitor."""

    def __init__(self, inspector: Inspector) -> None:
        self._inspector = inspector

    def rank(self, image: Image, boxes: Boxes) -> Sequence[tuple[str, ...]]:
        """See `Competitor.rank`."""
        hits = self._inspector.recognise(image, boxes, RANKED)
        return [tuple(hit.mark.holder for hit in found[:RANKED]) for found in hits]


class Contest:
    """Shows pictures to all who take part."""

    def __init__(
        self,
        inspector: Inspector,
        registered: Collection[str],
        *,
        variants: Mapping[str, Variant],
        peers: Mapping[str, Competitor],
        small: Sequence[Inspector],
        sift: WholePictures | None,
    ) -> None:
        """`variants`: name -> what makes it of the deployed one; `small`: the inspector with other, smaller galleries.

        All variants share what the inspector's parts see on a picture: they look once.
        """
        self._parts = remembering(inspector)
        shared = copied(inspector, **self._parts)
        self._observer = Observer(shared, decode, registered)
        self._rivals: dict[str, Competitor] = {name: Searching(varied(shared)) for name, varied in variants.items()}
        self._rivals.update(peers)
        self._small = [copied(one, **self._parts) for one in small]
        self._sift, self._registered = sift, registered

    def warm_up(self, path: Path) -> None:
        """Look at a picture without keeping anything."""
        self._observer.warm_up(path)
        self._forget()

    def picture(self, picture: Picture, *, timed: bool) -> Seen:
        """Show a picture of the set; `timed` ones to SIFT as a whole, too."""
        observation = self._observer.picture(picture)
        image = decode(picture.path.read_bytes())
        crops = {name: self._crops(rival, image, picture) for name, rival in self._rivals.items()}
        seen = Seen(
            observation=observation,
            crops={SHIPPED: observation.crops, **crops},
            strongest=() if picture.marks else self._strongest(observation, image),
            sift_ms=self._whole(image) if timed else None,
        )
        self._forget()
        return seen

    def clean(self, path: Path) -> Seen:
        """Show a picture without any recorded mark."""
        observation = self._observer.clean(path)
        seen = Seen(observation=observation, strongest=self._strongest(observation, decode(path.read_bytes())))
        self._forget()
        return seen

    def _crops(self, rival: Competitor, image: Image, picture: Picture) -> tuple[RankedCrop, ...]:
        boxes = [box for box in picture.boxes if box.holder in self._registered]
        if not boxes:
            return ()
        rankings = rival.rank(image, np.array([box.box for box in boxes], np.float32))
        found = zip(boxes, rankings, strict=True)
        return tuple(RankedCrop(holder=box.holder, size=box.size, ranking=ranking) for box, ranking in found)

    def _strongest(self, observation: Observation, image: Image) -> tuple[float, ...]:
        """The highest score with the whole registry, then with each of the small ones."""
        scores = [[candidate.score for candidate in observation.candidates]]
        scores += [[c.score for c in best_candidates(one.inspect(image))] for one in self._small]
        return tuple(max(own, default=-np.inf) for own in scores)

    def _whole(self, image: Image) -> float | None:
        """Milliseconds that SIFT takes for the whole photograph."""
        if self._sift is None:
            return None
        start = perf_counter()
        self._sift.recognise(image)
        return 1000 * (perf_counter() - start)

    def _forget(self) -> None:
        for part in self._parts.values():
            part.forget()
