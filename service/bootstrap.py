"""The one composition root: makes the parts from the settings. Nothing else builds databases, models or pools."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from inference.artwork.lettering import Lettering
from inference.decoding import Limits
from service.alerts.bulk import BulkService
from service.alerts.deciding import DecidingService
from service.alerts.feed import Followers
from service.alerts.injecting import Injector, TestLibrary
from service.alerts.reviewing import ReviewService
from service.alerts.rules import ReviewRules, load_rules
from service.alerts.service import AlertService
from service.alerts.views import SavedViews
from service.archive.keeping import ArchiveKeeper
from service.audit.keeping import HeadKeeper
from service.clock import Clock, system_clock
from service.companies.limiting import RateLimit
from service.companies.service import CompanyService
from service.database import Database
from service.drift.keeping import StatisticsKeeper
from service.events.dispatching import Dispatcher
from service.events.mqtt import Brokers
from service.events.sealing import Sealer
from service.events.sending import Webhooks
from service.events.service import SubscriptionService
from service.exchange.exporting import Exporter
from service.exchange.importing import Importer
from service.exchange.reading import Reading
from service.exchange.service import ExchangeService
from service.holders.service import HolderService
from service.identity.accounts import AccountService
from service.identity.oidc import OidcService
from service.identity.service import IdentityService
from service.inspecting import Embedding, Inspecting, Loader, XrayLoader, load_models, load_xray_models
from service.law.library import Law
from service.learning import Ground, make_learning
from service.marks.service import MarkService
from service.metrics import Metrics
from service.modelops.files import ReleaseFiles
from service.modelops.loading import Loading
from service.modelops.serving import NamedReleases, Serving
from service.onboarding.beside import TestsBeside
from service.onboarding.service import OnboardingService
from service.parts import Parts
from service.pool import InspectionPool
from service.recordations.following import Following
from service.recordations.intake import Intake
from service.recordations.schedule import Schedule
from service.recordations.service import RecordationService
from service.registry.backlog import Backlog
from service.replays.past import PastRegistry
from service.replays.service import ReplayService
from service.scans.answering import Answering
from service.scans.eyes import DRAWN
from service.scans.judging import ScanJudge
from service.scans.line import Line
from service.scans.precheck import Precheck
from service.scans.service import ScanService
from service.scans.taking import ScanIntake
from service.scans.underway import Underway
from service.search.service import SearchService
from service.settings import Settings
from service.stations.service import StationService
from service.storage import FileStore


def load(settings: Settings) -> Inspecting:
    """The inspector that `settings` name, with an empty gallery. Raises BadBundle."""
    return load_models(settings.models_dir, settings.threads, settings.threshold)


@dataclass(frozen=True, kw_only=True)
class _Ground:
    """What all the rest stands on."""

    settings: Settings
    clock: Clock
    schedule: Schedule
    rules: ReviewRules
    lettering: Lettering
    injector: Injector
    database: Database
    files: FileStore
    metrics: Metrics
    serving: Serving
    releases: ReleaseFiles
    limits: Limits
    pool: InspectionPool


@dataclass(frozen=True, kw_only=True)
class _Registry:
    """What records marks."""

    intake: Intake
    onboarding: OnboardingService
    recordations: RecordationService
    backlog: Backlog
    search: SearchService


@dataclass(frozen=True, kw_only=True)
class _Scanning:
    """What takes, inspects and answers scans."""

    answering: Answering
    intake: ScanIntake
    judge: ScanJudge
    scans: ScanService
    line: Line


def bootstrap(
    settings: Settings,
    *,
    loader: Loader | None = None,
    xray_loader: XrayLoader | None = None,
    clock: Clock = system_clock,
) -> Parts:
    """Open the database (migrating it), the files, the models and the law, and fill the gallery.

    Raises BadBundle, BadLaw, UnreadableFont. `clock` says what time it is, for tests on other days.
    """
    ground = _ground(
        settings, loader or load_models, xray_loader or (load_xray_models if loader is None else _none), clock
    )
    registry, scanning = _registry(ground), _scanning(ground)
    database, files, serving = ground.database, ground.files, ground.serving
    sealer = Sealer(settings.events_key)
    alerts = AlertService(database=database, clock=clock)
    deciding = DecidingService(
        database=database,
        rules=ground.rules,
        injector=ground.injector,
        metrics=ground.metrics,
        answering=scanning.answering,
        clock=clock,
    )
    return Parts(
        settings=settings,
        database=database,
        files=files,
        serving=serving,
        metrics=ground.metrics,
        pool=ground.pool,
        onboarding=registry.onboarding,
        tests_beside=TestsBeside(
            database=database,
            champion=lambda: serving.champion,
            onboarding=registry.onboarding,
            idle=lambda: ground.pool.idle and not registry.backlog.waiting(),
        ),
        identity=IdentityService(
            database=database,
            clock=clock,
            idle=timedelta(minutes=settings.session_idle_minutes),
            longest=timedelta(hours=settings.session_hours),
        ),
        oidc=OidcService(database=database, settings=settings, clock=clock),
        accounts=AccountService(database=database, clock=clock),
        holders=HolderService(database=database, champion=lambda: serving.champion, followers=Following()),
        recordations=registry.recordations,
        backlog=registry.backlog,
        xray_backlog=Backlog(database=database, files=files, embedder=lambda: _xray_embedder(serving), kinds=DRAWN),
        exchange=_exchange(ground, registry),
        search=registry.search,
        companies=CompanyService(
            database=database,
            files=files,
            champion=lambda: serving.champion,
            search=registry.search,
            schedule=ground.schedule,
            limits=ground.limits,
        ),
        questions=RateLimit(settings.questions_a_minute),
        reviews=RateLimit(settings.reviews_a_minute),
        marks=MarkService(
            database=database,
            intake=registry.intake,
            champion=lambda: serving.champion,
            recordations=registry.recordations,
            schedule=ground.schedule,
        ),
        scans=scanning.scans,
        intake=scanning.intake,
        line=scanning.line,
        precheck=Precheck(database=database, clock=clock),
        stations=StationService(database=database, pool=ground.pool, clock=clock),
        alerts=alerts,
        deciding=deciding,
        bulk=BulkService(database=database, deciding=deciding, rules=ground.rules, clock=clock),
        test_library=TestLibrary(database),
        reviewing=ReviewService(database=database, rules=ground.rules, clock=clock),
        followers=Followers(database),
        heads=HeadKeeper(
            database,
            folder=settings.audit_heads_dir,
            key=settings.audit_key,
            minutes=settings.audit_head_minutes,
        ),
        views=SavedViews(database),
        sign_ins=RateLimit(settings.sign_ins_a_minute),
        schedule=ground.schedule,
        subscriptions=SubscriptionService(database=database, sealer=sealer, clock=clock),
        learning=make_learning(
            Ground(
                settings=settings,
                database=database,
                files=files,
                release_files=ground.releases,
                serving=serving,
                judge=scanning.judge,
                pool=ground.pool,
                law=ground.schedule.law,
                review=ground.rules,
                clock=clock,
            )
        ),
        dispatcher=Dispatcher(
            database=database,
            senders={"webhook": Webhooks(), "mqtt": Brokers(settings.mqtt_credentials)},
            sealer=sealer,
            metrics=ground.metrics,
            clock=clock,
        ),
        replays=ReplayService(
            scans=scanning.scans,
            alerts=alerts,
            champion=lambda: serving.champion,
            past=lambda embedder, kinds: PastRegistry(
                database=database, files=files, embedder=embedder, law=ground.schedule.law, kinds=kinds
            ),
        ),
    )


def _none(_models_dir: Path, _threads: int) -> None:
    """No models for X-ray scans."""


def _xray_embedder(serving: Serving) -> Embedding | None:
    """What embeds artwork for X-ray scans; None where no models for them are at work."""
    xray = serving.champion.xray
    return None if xray is None else xray.embedder


def _ground(settings: Settings, loader: Loader, xray_loader: XrayLoader, clock: Clock) -> _Ground:
    schedule = Schedule(law=Law.load(settings.law_dir), clock=clock)
    schedule.profile_for(settings.jurisdiction)  # refuse to start without rules
    rules = load_rules(settings.review_rules)
    lettering = Lettering(settings.lettering_font)
    database = Database(settings.url)
    database.migrate()
    files, metrics = FileStore(settings.var_dir / "files", keep_free=settings.min_free_bytes), Metrics()
    loading = Loading(
        settings=settings, loader=loader, xray_loader=xray_loader, database=database, files=files, metrics=metrics
    )
    release_files = ReleaseFiles(files, settings.var_dir / "models")
    releases = NamedReleases(database=database, files=release_files, loading=loading)
    serving = Serving(settings=settings, database=database, loading=loading, releases=releases, clock=clock)
    serving.open()
    return _Ground(
        settings=settings,
        clock=clock,
        schedule=schedule,
        rules=rules,
        lettering=lettering,
        injector=Injector(rules=rules),
        database=database,
        files=files,
        metrics=metrics,
        serving=serving,
        releases=release_files,
        limits=Limits(
            max_bytes=settings.max_image_bytes, max_pixels=settings.max_image_pixels, max_side=settings.max_image_side
        ),
        pool=InspectionPool(workers=settings.workers, waiting=settings.queue, metrics=metrics),
    )


def _registry(ground: _Ground) -> _Registry:
    database, files, serving = ground.database, ground.files, ground.serving
    intake = Intake(
        files=files,
        champion=lambda: serving.champion,
        lettering=ground.lettering,
        max_bytes=ground.settings.max_image_bytes,
    )
    onboarding = OnboardingService(database=database, champion=lambda: serving.champion)
    return _Registry(
        intake=intake,
        onboarding=onboarding,
        recordations=RecordationService(
            database=database,
            intake=intake,
            champion=lambda: serving.champion,
            onboarding=onboarding,
            schedule=ground.schedule,
            jurisdiction=ground.settings.jurisdiction,
        ),
        backlog=Backlog(database=database, files=files, embedder=lambda: serving.champion.photo.embedder),
        search=SearchService(database=database, champion=lambda: serving.champion, schedule=ground.schedule),
    )


def _exchange(ground: _Ground, registry: _Registry) -> ExchangeService:
    reading = Reading(
        database=ground.database,
        files=ground.files,
        schedule=ground.schedule,
        lettering=ground.lettering,
        jurisdiction=ground.settings.jurisdiction,
        max_bytes=ground.settings.max_image_bytes,
    )
    return ExchangeService(
        database=ground.database,
        importer=Importer(
            database=ground.database, reading=reading, recordations=registry.recordations, schedule=ground.schedule
        ),
        exporter=Exporter(database=ground.database, files=ground.files),
        backlog=registry.backlog,
        folder=ground.settings.var_dir / "jobs",
    )


def _scanning(ground: _Ground) -> _Scanning:
    database, files, serving, clock = ground.database, ground.files, ground.serving, ground.clock
    answering, underway = Answering(metrics=ground.metrics), Underway(ground.settings.var_dir / "underway")
    intake = ScanIntake(
        database=database, files=files, champion=lambda: serving.champion, limits=ground.limits, clock=clock
    )
    judge = ScanJudge(
        database=database,
        files=files,
        serving=serving,
        metrics=ground.metrics,
        limits=ground.limits,
        law=ground.schedule.law,
        rules=ground.rules,
        injector=ground.injector,
        answering=answering,
        underway=underway,
        clock=clock,
        witnesses=(StatisticsKeeper(clock=clock), ArchiveKeeper()),
    )
    scans = ScanService(
        database=database,
        files=files,
        intake=intake,
        judge=judge,
        serving=serving,
        law=ground.schedule.law,
        limits=ground.limits,
        clock=clock,
    )
    line = Line(
        database=database,
        pool=ground.pool,
        intake=intake,
        judge=judge,
        answering=answering,
        underway=underway,
        clock=clock,
    )
    return _Scanning(answering=answering, intake=intake, judge=judge, scans=scans, line=line)
