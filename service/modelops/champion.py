"""Where the champion's bundles lie: what a retraining begins with, and a candidate is compared with."""

from pathlib import Path

from service.database import Database
from service.modelops import repository
from service.modelops.errors import NotPossibleNow
from service.modelops.files import ReleaseFiles
from service.settings import Settings


def champion_of(settings: Settings, database: Database, files: ReleaseFiles) -> tuple[Path, str]:
    """The folder of the champion's bundles, and its release. Raises NotPossibleNow before the first start."""
    with database.read() as session:
        row = repository.deployment(session)
        release = None if row is None or row.champion is None else repository.find(session, row.champion)
    if release is None:
        raise NotPossibleNow("no models have ever been at work here: start the service once", field="champion")
    folder = settings.models_dir if release.origin == "shipped" else files.laid_out(release.bundles)
    return folder.resolve(), release.id
