"""Pixels of recorded artwork, for comparing a suspicion with it: drawn from the stored file once, then remembered."""

import structlog

from inference.artwork.raster_cache import RasterCache
from inference.artwork.rasterise import Rgba
from inference.errors import TidewaiterError
from service.storage import FileStore

log = structlog.get_logger()


class StoredArtworks:
    """Artwork by the sha256 of its stored file."""

    def __init__(self, files: FileStore, rasters: RasterCache) -> None:
        self._files, self._rasters = files, rasters

    def __call__(self, reference: str) -> Rgba | None:
        """The artwork as (h, w, 4) RGBA; None, said in the log, if it cannot be had: a scan does not fail for it."""
        try:
            known = self._rasters.known(reference)
            return (
                self._rasters.drawn(self._files.get(reference), reference, name=reference) if known is None else known
            )
        except (TidewaiterError, OSError, ValueError) as error:
            log.warning("artwork_not_at_hand", reference=reference, error=str(error))
            return None
