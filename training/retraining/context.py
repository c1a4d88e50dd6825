"""What every step is handed: the request, the run's folder, and whom to tell."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from training.retraining.progress import Progress
from training.retraining.request import Request
from training.retraining.scale import SCALES, Scale

CACHE = "cache"  # of rasterised and embedded artwork, inside the run's folder


@dataclass(frozen=True, kw_only=True)
class Context:
    """One run. Nothing outside of `run` is written."""

    run: Path
    request: Request
    progress: Progress = field(default_factory=Progress)

    @cached_property
    def scale(self) -> Scale:
        """How much is done."""
        return SCALES[self.request.mode]

    @property
    def cache(self) -> Path:
        """Folder of caches."""
        return self.run / CACHE

    @property
    def champion(self) -> Path:
        """The champion's bundles; never written to."""
        return self.needed("champion")

    @property
    def registry(self) -> Path:
        """The artwork table."""
        return self.needed("registry")

    @property
    def labels(self) -> Path:
        """Folder of labels.jsonl and pictures."""
        return self.needed("labels")

    def given(self, name: str) -> Path | None:
        """Where a key of the request points to, None if it was not given."""
        return self.request.path(self.run, name)

    def needed(self, name: str) -> Path:
        """As `given`, for keys that every request has."""
        path = self.given(name)
        if path is None:
            raise ValueError(f"the request has no {name}")
        return path
