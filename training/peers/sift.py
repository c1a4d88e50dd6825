"""The peer without learning: SIFT, approximate nearest neighbours, and a homography (Lowe 2004).

The best-known recipe for finding a given picture in a photograph (doi:10.1023/B:VISI.0000029664.99615.94): the
features of all filed artwork in one index; a feature of the photograph votes for the artwork that has its like, unless
another right holder has nearly the like; the artworks with most votes are laid over the photograph (RANSAC, Fischler
and Bolles 1981) and ranked by the features that then agree.

    index = build_index(rows, rasters, step)
    peer = Sift(index)
    rankings = peer.rank(image, boxes)
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.embedder import LOOKS, square_crop
from inference.vocabulary import Boxes, Image
from training.peers.sift_index import SIDE, Features, SiftIndex, describe

CROP = SIDE  # px: what a box is enlarged or reduced to: as large as filed artwork is drawn
MOST = 2000  # features of a picture that is looked up, the strongest
NEIGHBOURS = 5  # of each feature in the index
CHECKS = 64  # leaves of the search trees that are looked at
DISTINCT = 0.8  # Lowe's ratio: distance to the nearest / distance to the nearest of another right holder
CANDIDATES = 30  # artworks that are laid over the picture
REACH = 6.0  # px: how far a feature may be from where the homography puts it
LEAST = 4  # pairs that a homography needs
RANKED = 10  # right holders returned


class Sift:
    """Ranks right holders for boxes of photographs, or for whole ones."""

    def __init__(self, index: SiftIndex) -> None:
        self._index = index
        cv2.setRNGSeed(1)  # the trees are random: the same index gives the same answers
        trees: dict[str, bool | int | float | str] = {"algorithm": 1, "trees": 4}  # 1 = kd-trees
        self._trees = (
            cv2.flann.Index(index.features.descriptors.astype(np.float32), trees) if len(index.features) else None
        )

    def rank(self, image: Image, boxes: Boxes) -> list[tuple[str, ...]]:
        """The best right holders, at most RANKED, of each of the boxes (n, 4), best first; those without votes never.

        A box is cut as our embedder's wider look cuts it.
        """
        return [self.recognise(square_crop(image, box, CROP, LOOKS[0])) for box in boxes]

    def recognise(self, picture: Image) -> tuple[str, ...]:
        """The best right holders of a picture (h, w, 3) as it is: a crop, or a whole photograph."""
        seen = describe(picture, most=MOST)
        if self._trees is None or len(seen) == 0:
            return ()
        votes = self._votes(seen)
        best = np.argsort(-votes, kind="stable")[:CANDIDATES]
        cv2.setRNGSeed(1)  # of RANSAC
        judged = [(self._agreeing(seen, int(view)), int(votes[view]), int(view)) for view in best if votes[view] > 0]
        judged.sort(key=lambda one: (-one[0], -one[1], one[2]))
        holders = dict.fromkeys(self._index.holder_of(view) for _, _, view in judged)
        return tuple(holders)[:RANKED]

    def _votes(self, seen: Features) -> NDArray[np.int64]:
        """Features of the picture that are most like one of each view (views,), and clearly less like any other's."""
        k = min(NEIGHBOURS, len(self._index.features))
        assert self._trees is not None  # noqa: S101 - asked by the caller
        places, squared = self._trees.knnSearch(seen.descriptors.astype(np.float32), k, params={"checks": CHECKS})
        return count_votes(
            views=self._index.view_of[places],
            holders=self._index.holder_numbers[self._index.view_of[places]],
            distances=np.sqrt(squared),
            count=len(self._index),
        )

    def _agreeing(self, seen: Features, view: int) -> int:
        """Features of the picture that one homography from the view explains."""
        own = self._index.features_of(view)
        pairs = distinct_pairs(own.descriptors, seen.descriptors)
        if len(pairs) < LEAST:
            return 0
        matrix, mask = cv2.findHomography(own.places[pairs[:, 0]], seen.places[pairs[:, 1]], cv2.RANSAC, REACH)
        return 0 if matrix is None else int(mask.sum())


def count_votes(
    *, views: NDArray[np.int64], holders: NDArray[np.int64], distances: NDArray[np.float64], count: int
) -> NDArray[np.int64]:
    """Votes of features with neighbours in the index for each of `count` views: (count,).

    `views`, `holders`, `distances` (n, k) say of each feature's neighbours, nearest first, to which view and right
    holder they belong and how far they are. A right holder files the same drawing in several forms, so a feature is
    distinct if it is far nearer to its right holder than to the next one; it votes once for each of its views.
    """
    votes = np.zeros(count, np.int64)
    for own, whose, far in zip(views, holders, distances, strict=True):
        strangers = np.flatnonzero(whose != whose[0])
        last = int(strangers[0]) if len(strangers) else len(own)
        if last == len(own) or far[0] < DISTINCT * far[last]:
            votes[np.unique(own[:last])] += 1
    return votes


def distinct_pairs(filed: NDArray[np.uint8], seen: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Pairs (m, 2) of a filed feature (n, 128) and the one most like it in the picture (p, 128), by Lowe's ratio."""
    if len(seen) < 2 or len(filed) == 0:  # noqa: PLR2004 - the nearest and the next
        return np.zeros((0, 2), np.int64)
    found: Sequence[Sequence[cv2.DMatch]] = cv2.BFMatcher(cv2.NORM_L2).knnMatch(
        filed.astype(np.float32), seen.astype(np.float32), k=2
    )
    kept = [(best.queryIdx, best.trainIdx) for best, next_ in found if best.distance < DISTINCT * next_.distance]
    return np.array(kept, np.int64).reshape(-1, 2)
