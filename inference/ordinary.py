"""Ordinary things: vectors of what detectors find in parcels where no recorded mark is.

A mark that is a plain ring is found wherever there are rings. How much a filed artwork is like ordinary things is known
the moment it is filed, and it counts against what is found of it. This is cohort normalisation from the other side
(Z-norm, Auckenthaler et al. 2000, doi:10.1006/dspr.1999.0360); `inference.cohort` compares the crop with other marks.
"""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from inference.cohort import Cohort
from inference.vocabulary import Vectors

FILE = "ordinary.npy"  # (n, d), as a cohort, in the embedder's bundle
NEAREST = 3  # things that count: one alone may be an accident


class Ordinary(Cohort):
    """Says how rare filed artwork is among ordinary things."""

    file: ClassVar[str] = FILE
    nearest: ClassVar[int] = NEAREST

    def rarity(self, filed: Vectors) -> NDArray[np.float32]:
        """One minus the likeness of each filed vector (m, d) to ordinary things: (m,), 0..2, the more the rarer."""
        return np.asarray(1 - self.likeness(filed), np.float32)
