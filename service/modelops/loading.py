"""From a release to eyes that see by it: its files laid out, its models loaded, the registry's artwork embedded."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from inference.artwork.raster_cache import RasterCache
from inference.artwork.rasterise import rasterise
from inference.artwork.views import KINDS, Kind
from inference.fitting import Fitter
from service.database import Database
from service.inspecting import Inspecting, Loader, Searching, XrayInspecting, XrayLoader
from service.metrics import Metrics
from service.registry.backlog import Backlog
from service.registry.live import AT_START, LiveGallery
from service.registry.pixels import StoredArtworks
from service.scans.eyes import DRAWN, Eyes
from service.settings import Settings
from service.storage import FileStore

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """Models whose galleries are still empty."""

    photo: Inspecting
    xray: XrayInspecting | None


class Loading:
    """Loads models and fills their galleries."""

    def __init__(
        self,
        *,
        settings: Settings,
        loader: Loader,
        xray_loader: XrayLoader,
        database: Database,
        files: FileStore,
        metrics: Metrics,
    ) -> None:
        self._settings, self._loader, self._xray_loader = settings, loader, xray_loader
        self._database, self._files, self._metrics = database, files, metrics
        self._artworks = StoredArtworks(files, RasterCache(settings.var_dir / "cache", rasterise))

    def models(self, folder: Path) -> Loaded:
        """The models that a folder of bundles names. Raises BadBundle."""
        photo = self._loader(folder, self._settings.threads, self._settings.threshold)
        photo.artworks = self._artworks
        photo.fitter = Fitter(artworks=self._artworks)
        return Loaded(photo=photo, xray=self._xray_loader(folder, self._settings.threads))

    def embed_all(self, loaded: Loaded, stopped: Callable[[], bool]) -> None:
        """Embed what these models have not embedded yet of the registry, until `stopped`. It may take minutes."""
        self._embed(loaded.photo, KINDS, stopped)
        if loaded.xray is not None:
            self._embed(loaded.xray, DRAWN, stopped)

    def eyes(self, loaded: Loaded, release: str) -> Eyes:
        """Eyes whose galleries are as the registry is."""
        live = LiveGallery(self._database, self._files, loaded.photo, self._metrics)
        live.refresh(at_most=AT_START)
        xray_live = None
        if loaded.xray is not None:
            xray_live = LiveGallery(self._database, self._files, loaded.xray, kinds=DRAWN)
        return Eyes(photo=loaded.photo, live=live, xray=loaded.xray, xray_live=xray_live, release=release)

    def _embed(self, models: Searching, kinds: frozenset[Kind], stopped: Callable[[], bool]) -> None:
        backlog = Backlog(
            database=self._database, files=self._files, embedder=lambda: models.embedder, kinds=kinds, at_work=False
        )
        while not stopped() and backlog.step():
            log.info("embedding_for_release", waiting=backlog.waiting())
