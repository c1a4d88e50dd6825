"""What a command opens for its own length: the service's parts, and files as if they were uploaded."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from service.bootstrap import bootstrap
from service.clock import Clock, system_clock
from service.database import Database
from service.jobs.service import JobService
from service.learning import labels_of
from service.logs import configure_logs
from service.modelops.adopting import Adopting
from service.modelops.champion import champion_of
from service.modelops.files import ReleaseFiles
from service.modelops.releasing import ReleaseService
from service.modelops.rules import RolloutRules, load_rules
from service.parts import Parts
from service.retraining.handler import KIND, Retraining
from service.settings import Settings, load_settings
from service.storage import FileStore
from service.uploads import Upload


@contextmanager
def opened_parts() -> Iterator[Parts]:
    """The parts over this machine's database; they are closed at the end of the block."""
    configure_logs()
    parts = bootstrap(load_settings())
    try:
        yield parts
    finally:
        parts.close()


@contextmanager
def uploaded(paths: Sequence[Path], *, field: str) -> Iterator[list[Upload]]:
    """Files as the parts `field` of a request."""
    with ExitStack() as stack:
        yield [
            Upload(field=f"{field}[{n}]", name=path.name, file=stack.enter_context(path.open("rb")))
            for n, path in enumerate(paths)
        ]


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What commands need that work on the database and the files alone: no model is loaded for them."""

    settings: Settings
    database: Database
    files: FileStore
    rules: RolloutRules
    clock: Clock
    release_files: ReleaseFiles
    releases: ReleaseService
    adopting: Adopting
    jobs: JobService

    def champion(self) -> tuple[Path, str]:
        """The folder of the champion's bundles, and its release."""
        return champion_of(self.settings, self.database, self.release_files)


def bench() -> Bench:
    """Those parts, over this machine's database."""
    configure_logs()
    settings = load_settings()
    database, clock, rules = Database(settings.url), system_clock, load_rules(settings.rollout_rules)
    files = FileStore(settings.var_dir / "files", keep_free=settings.min_free_bytes)
    release_files = ReleaseFiles(files, settings.var_dir / "models")
    releases = ReleaseService(database=database, files=release_files, rules=rules, clock=clock)
    adopting = Adopting(settings=settings, releases=releases)
    retraining = Retraining(
        settings=settings,
        database=database,
        files=files,
        releases=release_files,
        labels=labels_of(settings, database, files, clock),
        adopting=adopting,
        clock=clock,
    )
    return Bench(
        settings=settings,
        database=database,
        files=files,
        rules=rules,
        clock=clock,
        release_files=release_files,
        releases=releases,
        adopting=adopting,
        jobs=JobService(database=database, handlers={KIND: retraining}),
    )
