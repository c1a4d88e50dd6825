"""Which models are at work in this process. What the database says is loaded beside the scans and swapped in whole.

An inspection that has begun ends with the models with which it began. A release that cannot be loaded changes nothing:
what was at work goes on, and `faults` says why.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import structlog

from inference.errors import TidewaiterError
from service.background import Background
from service.clock import Clock
from service.database import Database
from service.modelops import repository
from service.modelops.canary import CanaryTerms
from service.modelops.documents import canary_terms, thresholds_of
from service.modelops.files import ReleaseFiles
from service.modelops.loading import Loaded, Loading
from service.modelops.shipping import enter_shipped
from service.scans.eyes import Eyes
from service.scans.thresholds import UNCHANGED, Thresholds
from service.settings import Settings
from service.tables import DeploymentRow

LOOK_SECONDS = 0.5  # between two looks at the database: so long does a change take to arrive everywhere
log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Crew:
    """All models at work, as of one revision of the deployment."""

    revision: int
    champion: Eyes
    canary: Eyes | None = None
    terms: CanaryTerms = CanaryTerms()
    shadow: Eyes | None = None
    faults: Mapping[str, str] = field(default_factory=dict)  # release -> why it is not at work here


class NamedReleases:
    """Makes eyes of releases by their identifiers."""

    def __init__(self, *, database: Database, files: ReleaseFiles, loading: Loading) -> None:
        self._database, self._files, self._loading = database, files, loading

    def load(self, release_id: str, stopped: Callable[[], bool]) -> Eyes:
        """The eyes of a stored release, its registry embedded. Raises BadBundle, FileNotFoundError, LookupError."""
        with self._database.read() as session:
            row = repository.find(session, release_id)
            if row is None:
                raise LookupError(f"no release {release_id!r}")
            bundles = dict(row.bundles)
        loaded: Loaded = self._loading.models(self._files.laid_out(bundles))
        self._loading.embed_all(loaded, stopped)
        return self._loading.eyes(loaded, release_id)


class Serving(Background):
    """Hands out the models at work; `service.scans.eyes.Serving` is what others need of it."""

    def __init__(
        self, *, settings: Settings, database: Database, loading: Loading, releases: NamedReleases, clock: Clock
    ) -> None:
        """Load the shipped models; `open` brings in what is deployed. Raises BadBundle."""
        self._database, self._releases, self._clock = database, releases, clock
        self._shipped = loading.eyes(loading.models(settings.models_dir), "")
        self._crew = Crew(revision=-1, champion=self._shipped)
        self._loading = threading.Lock()
        super().__init__("serving", first=LOOK_SECONDS, again=LOOK_SECONDS)

    @property
    def crew(self) -> Crew:
        """All models at work."""
        return self._crew

    @property
    def champion(self) -> Eyes:
        """The models by which everything is judged, but for what a canary takes."""
        return self._crew.champion

    def chosen(self, scan_id: str, station: str) -> Eyes:
        """The models that judge a scan of a station, with the thresholds that hold there."""
        crew = self._crew
        eyes = crew.champion
        if crew.canary is not None and crew.terms.takes(scan_id, station):
            eyes = crew.canary
        return eyes.at(station)

    def open(self) -> None:
        """Enter the shipped models as a release, and bring in what is deployed."""
        with self._database.write() as session:
            release = enter_shipped(session, self._shipped, self._clock())
        self._shipped = replace(self._shipped, release=release)
        self._crew = replace(self._crew, champion=self._shipped)
        self.refresh()

    def refresh(self) -> int:
        """Bring in what has changed since the last look, and return its revision."""
        with self._loading:
            with self._database.read() as session:
                if repository.revision(session) == self._crew.revision:
                    return self._crew.revision
                row = repository.deployment(session)
                thresholds = UNCHANGED if row is None else thresholds_of(session, row.thresholds)
                shipped = frozenset() if row is None else repository.shipped(session)
            if row is not None:
                self._crew = self._made(row, thresholds, shipped)
                log.info("models_at_work", revision=row.revision, champion=self._crew.champion.release)
            return self._crew.revision

    def turn(self) -> float:
        """Look for changes."""
        self.refresh()
        return LOOK_SECONDS

    def _made(self, row: DeploymentRow, thresholds: Thresholds, shipped: frozenset[str]) -> Crew:
        """The crew that `row` wants, as far as it can be loaded; whatever is loaded is not loaded again."""
        faults: dict[str, str] = {}
        known = {eyes.release: eyes for eyes in (self._shipped, *_all(self._crew))}

        def eyes(release_id: str | None) -> Eyes | None:
            if release_id is None:
                return None
            wanted = self._shipped.release if release_id in shipped else release_id
            found = known.get(wanted) or self._load(wanted, faults)
            return None if found is None else replace(found, thresholds=thresholds)

        champion = eyes(row.champion) or replace(self._crew.champion, thresholds=thresholds)
        return Crew(
            revision=row.revision,
            champion=champion,
            canary=eyes(row.canary),
            terms=canary_terms(row.canary_terms),
            shadow=eyes(row.shadow),
            faults=faults,
        )

    def _load(self, release_id: str, faults: dict[str, str]) -> Eyes | None:
        try:
            return self._releases.load(release_id, self._stopped.is_set)
        except (TidewaiterError, OSError, LookupError) as error:
            said = f"{error.title} {error.detail}" if isinstance(error, TidewaiterError) else str(error)
            log.error("release_not_loaded", release=release_id, error=said)
            faults[release_id] = said
            return None


def _all(crew: Crew) -> list[Eyes]:
    return [eyes for eyes in (crew.champion, crew.canary, crew.shadow) if eyes is not None]
