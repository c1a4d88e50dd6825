"""Pixels of artwork that was drawn before, by the sha256 of its file: what an explanation compares with."""

from dataclasses import dataclass

from inference.artwork.raster_cache import RasterCache
from inference.artwork.rasterise import Rgba


@dataclass(frozen=True, kw_only=True)
class CachedArtworks:
    """Artwork as the raster cache has it: whoever fills a gallery by `ArtworkEmbedder` has left it there."""

    rasters: RasterCache

    def __call__(self, reference: str) -> Rgba | None:
        """The artwork whose file has the sha256 `reference` as (h, w, 4) RGBA; None if it was not drawn."""
        return self.rasters.known(reference)
