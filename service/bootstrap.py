"""The one composition root: makes the parts from the settings. Nothing else builds databases, models or pools."""

from inference.artwork.raster_cache import RasterCache
from inference.artwork.rasterise import rasterise
from inference.decoding import Limits
from inference.fitting import Fitter
from service.alerts.service import AlertService
from service.database import Database
from service.inspecting import Inspecting, Loader, load_models
from service.metrics import Metrics
from service.parts import Parts
from service.pool import InspectionPool
from service.registry.live import LiveGallery
from service.registry.pixels import StoredArtworks
from service.registry.service import RegistryService
from service.scans.service import ScanService
from service.settings import Settings
from service.storage import FileStore


def load(settings: Settings, loader: Loader | None = None) -> Inspecting:
    """The inspector that `settings` name, with an empty gallery. Raises BadBundle."""
    return (loader or load_models)(settings.models_dir, settings.threads, settings.threshold)


def bootstrap(settings: Settings, *, loader: Loader | None = None) -> Parts:
    """Open the database (migrating it), the files and the models, and fill the gallery. Raises BadBundle."""
    inspector = load(settings, loader)
    database = Database(settings.url)
    database.migrate()
    files = FileStore(settings.var_dir / "files")
    inspector.artworks = StoredArtworks(files, RasterCache(settings.var_dir / "cache", rasterise))
    inspector.fitter = Fitter(artworks=inspector.artworks)
    metrics = Metrics()
    live = LiveGallery(database, files, inspector, metrics)
    live.refresh()
    limits = Limits(
        max_bytes=settings.max_image_bytes, max_pixels=settings.max_image_pixels, max_side=settings.max_image_side
    )
    return Parts(
        settings=settings,
        database=database,
        files=files,
        inspector=inspector,
        live=live,
        metrics=metrics,
        pool=InspectionPool(workers=settings.workers, queue=settings.queue, metrics=metrics),
        registry=RegistryService(
            database=database,
            files=files,
            embedder=inspector.embedder,
            live=live,
            max_bytes=settings.max_image_bytes,
        ),
        scans=ScanService(
            database=database, files=files, inspector=inspector, live=live, metrics=metrics, limits=limits
        ),
        alerts=AlertService(database=database, metrics=metrics),
    )
