"""The one composition root: makes the parts from the settings. Nothing else builds databases, models or pools."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from inference.artwork.lettering import Lettering
from inference.artwork.raster_cache import RasterCache
from inference.artwork.rasterise import rasterise
from inference.decoding import Limits
from inference.fitting import Fitter
from service.alerts.bulk import BulkService
from service.alerts.deciding import DecidingService
from service.alerts.feed import Followers
from service.alerts.injecting import Injector, TestLibrary
from service.alerts.reviewing import ReviewService
from service.alerts.rules import ReviewRules, load_rules
from service.alerts.service import AlertService
from service.alerts.views import SavedViews
from service.audit.keeping import HeadKeeper
from service.clock import Clock, system_clock
from service.companies.limiting import RateLimit
from service.companies.service import CompanyService
from service.database import Database
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
from service.inspecting import Inspecting, Loader, XrayLoader, load_models, load_xray_models
from service.law.library import Law
from service.marks.service import MarkService
from service.metrics import Metrics
from service.onboarding.beside import TestsBeside
from service.onboarding.service import OnboardingService
from service.parts import Parts
from service.pool import InspectionPool
from service.recordations.following import Following
from service.recordations.intake import Intake
from service.recordations.schedule import Schedule
from service.recordations.service import RecordationService
from service.registry.backlog import Backlog
from service.registry.live import AT_START, LiveGallery
from service.registry.pixels import StoredArtworks
from service.replays.past import PastRegistry
from service.replays.service import ReplayService
from service.scans.answering import Answering
from service.scans.eyes import DRAWN, Eyes
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


def load(settings: Settings, loader: Loader | None = None) -> Inspecting:
    """The inspector that `settings` name, with an empty gallery. Raises BadBundle."""
    return (loader or load_models)(settings.models_dir, settings.threads, settings.threshold)


@dataclass(frozen=True, kw_only=True)
class _Ground:
    """What all the rest stands on."""

    settings: Settings
    clock: Clock
    schedule: Schedule
    rules: ReviewRules
    lettering: Lettering
    injector: Injector
    inspector: Inspecting
    database: Database
    files: FileStore
    metrics: Metrics
    live: LiveGallery
    eyes: Eyes
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
    ground = _ground(settings, loader, xray_loader or (load_xray_models if loader is None else _none), clock)
    registry, scanning = _registry(ground), _scanning(ground)
    database, files, inspector, live = ground.database, ground.files, ground.inspector, ground.live
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
    past = PastRegistry(database=database, files=files, embedder=inspector.embedder, law=ground.schedule.law)
    return Parts(
        settings=settings,
        database=database,
        files=files,
        inspector=inspector,
        live=live,
        eyes=ground.eyes,
        metrics=ground.metrics,
        pool=ground.pool,
        onboarding=registry.onboarding,
        tests_beside=TestsBeside(
            database=database,
            embedder=inspector.embedder,
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
        holders=HolderService(database=database, live=live, followers=Following()),
        recordations=registry.recordations,
        backlog=registry.backlog,
        xray_backlog=_xray_backlog(ground),
        exchange=_exchange(ground, registry),
        search=registry.search,
        companies=CompanyService(
            database=database,
            files=files,
            inspector=inspector,
            live=live,
            search=registry.search,
            schedule=ground.schedule,
            limits=ground.limits,
        ),
        questions=RateLimit(settings.questions_a_minute),
        reviews=RateLimit(settings.reviews_a_minute),
        marks=MarkService(
            database=database,
            intake=registry.intake,
            live=live,
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
        dispatcher=Dispatcher(
            database=database,
            senders={"webhook": Webhooks(), "mqtt": Brokers(settings.mqtt_credentials)},
            sealer=sealer,
            metrics=ground.metrics,
            clock=clock,
        ),
        replays=ReplayService(
            scans=scanning.scans, alerts=alerts, eyes=ground.eyes, past=past, xray_past=_xray_past(ground)
        ),
    )


def _none(_models_dir: Path, _threads: int) -> None:
    """No models for X-ray scans."""


def _xray_past(ground: _Ground) -> PastRegistry | None:
    """Past registries as X-ray scans are compared with them."""
    xray = ground.eyes.xray
    if xray is None:
        return None
    return PastRegistry(
        database=ground.database, files=ground.files, embedder=xray.embedder, law=ground.schedule.law, kinds=DRAWN
    )


def _xray_backlog(ground: _Ground) -> Backlog | None:
    """What embeds imported artwork for X-ray scans."""
    xray = ground.eyes.xray
    if xray is None:
        return None
    return Backlog(database=ground.database, files=ground.files, embedder=xray.embedder, kinds=DRAWN)


def _ground(settings: Settings, loader: Loader | None, xray_loader: XrayLoader, clock: Clock) -> _Ground:
    schedule = Schedule(law=Law.load(settings.law_dir), clock=clock)
    schedule.profile_for(settings.jurisdiction)  # refuse to start without rules
    rules = load_rules(settings.review_rules)
    lettering = Lettering(settings.lettering_font)
    inspector = load(settings, loader)
    database = Database(settings.url)
    database.migrate()
    files = FileStore(settings.var_dir / "files", keep_free=settings.min_free_bytes)
    inspector.artworks = StoredArtworks(files, RasterCache(settings.var_dir / "cache", rasterise))
    inspector.fitter = Fitter(artworks=inspector.artworks)
    metrics = Metrics()
    live = LiveGallery(database, files, inspector, metrics)
    live.refresh(at_most=AT_START)
    xray = xray_loader(settings.models_dir, settings.threads)
    xray_live = None if xray is None else LiveGallery(database, files, xray, kinds=DRAWN)
    return _Ground(
        settings=settings,
        clock=clock,
        schedule=schedule,
        rules=rules,
        lettering=lettering,
        injector=Injector(rules=rules),
        inspector=inspector,
        database=database,
        files=files,
        metrics=metrics,
        live=live,
        eyes=Eyes(photo=inspector, live=live, xray=xray, xray_live=xray_live),
        limits=Limits(
            max_bytes=settings.max_image_bytes, max_pixels=settings.max_image_pixels, max_side=settings.max_image_side
        ),
        pool=InspectionPool(workers=settings.workers, waiting=settings.queue, metrics=metrics),
    )


def _registry(ground: _Ground) -> _Registry:
    database, files, inspector, live = ground.database, ground.files, ground.inspector, ground.live
    intake = Intake(
        files=files,
        embedder=inspector.embedder,
        lettering=ground.lettering,
        max_bytes=ground.settings.max_image_bytes,
    )
    onboarding = OnboardingService(database=database, eyes=ground.eyes)
    return _Registry(
        intake=intake,
        onboarding=onboarding,
        recordations=RecordationService(
            database=database,
            intake=intake,
            live=live,
            onboarding=onboarding,
            schedule=ground.schedule,
            jurisdiction=ground.settings.jurisdiction,
        ),
        backlog=Backlog(database=database, files=files, embedder=inspector.embedder),
        search=SearchService(database=database, inspector=inspector, live=live, schedule=ground.schedule),
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
    database, files, eyes, clock = ground.database, ground.files, ground.eyes, ground.clock
    answering, underway = Answering(metrics=ground.metrics), Underway(ground.settings.var_dir / "underway")
    intake = ScanIntake(database=database, files=files, eyes=eyes, limits=ground.limits, clock=clock)
    judge = ScanJudge(
        database=database,
        files=files,
        eyes=eyes,
        metrics=ground.metrics,
        limits=ground.limits,
        law=ground.schedule.law,
        rules=ground.rules,
        injector=ground.injector,
        answering=answering,
        underway=underway,
        clock=clock,
    )
    scans = ScanService(
        database=database,
        files=files,
        intake=intake,
        judge=judge,
        eyes=eyes,
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
    return _Scanning(answering=answering, intake=intake, scans=scans, line=line)
