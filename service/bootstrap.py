"""The one composition root: makes the parts from the settings. Nothing else builds databases, models or pools."""

from datetime import timedelta

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
from service.alerts.rules import load_rules
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
from service.inspecting import Inspecting, Loader, load_models
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


def bootstrap(settings: Settings, *, loader: Loader | None = None, clock: Clock = system_clock) -> Parts:
    """Open the database (migrating it), the files, the models and the law, and fill the gallery.

    Raises BadBundle, BadLaw, UnreadableFont. `clock` says what time it is, for tests on other days.
    """
    schedule = Schedule(law=Law.load(settings.law_dir), clock=clock)
    schedule.profile_for(settings.jurisdiction)  # refuse to start without rules
    rules = load_rules(settings.review_rules)
    injector = Injector(rules=rules)
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
    limits = Limits(
        max_bytes=settings.max_image_bytes, max_pixels=settings.max_image_pixels, max_side=settings.max_image_side
    )
    intake = Intake(files=files, embedder=inspector.embedder, lettering=lettering, max_bytes=settings.max_image_bytes)
    onboarding = OnboardingService(database=database, inspector=inspector, live=live)
    recordations = RecordationService(
        database=database,
        intake=intake,
        live=live,
        onboarding=onboarding,
        schedule=schedule,
        jurisdiction=settings.jurisdiction,
    )
    pool = InspectionPool(workers=settings.workers, waiting=settings.queue, metrics=metrics)
    backlog = Backlog(database=database, files=files, embedder=inspector.embedder)
    reading = Reading(
        database=database,
        files=files,
        schedule=schedule,
        lettering=lettering,
        jurisdiction=settings.jurisdiction,
        max_bytes=settings.max_image_bytes,
    )
    importer = Importer(database=database, reading=reading, recordations=recordations, schedule=schedule)
    search = SearchService(database=database, inspector=inspector, live=live, schedule=schedule)
    answering, underway = Answering(metrics=metrics), Underway(settings.var_dir / "underway")
    intake_of_scans = ScanIntake(database=database, files=files, limits=limits, clock=clock)
    judge = ScanJudge(
        database=database,
        files=files,
        inspector=inspector,
        live=live,
        metrics=metrics,
        limits=limits,
        law=schedule.law,
        rules=rules,
        injector=injector,
        answering=answering,
        underway=underway,
        clock=clock,
    )
    scans = ScanService(
        database=database,
        files=files,
        intake=intake_of_scans,
        judge=judge,
        live=live,
        law=schedule.law,
        limits=limits,
        clock=clock,
    )
    sealer = Sealer(settings.events_key)
    alerts = AlertService(database=database, clock=clock)
    deciding = DecidingService(
        database=database, rules=rules, injector=injector, metrics=metrics, answering=answering, clock=clock
    )
    past = PastRegistry(database=database, files=files, embedder=inspector.embedder, law=schedule.law)
    return Parts(
        settings=settings,
        database=database,
        files=files,
        inspector=inspector,
        live=live,
        metrics=metrics,
        pool=pool,
        onboarding=onboarding,
        tests_beside=TestsBeside(
            database=database,
            embedder=inspector.embedder,
            onboarding=onboarding,
            idle=lambda: pool.idle and not backlog.waiting(),
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
        recordations=recordations,
        backlog=backlog,
        exchange=ExchangeService(
            database=database,
            importer=importer,
            exporter=Exporter(database=database, files=files),
            backlog=backlog,
            folder=settings.var_dir / "jobs",
        ),
        search=search,
        companies=CompanyService(
            database=database,
            files=files,
            inspector=inspector,
            live=live,
            search=search,
            schedule=schedule,
            limits=limits,
        ),
        questions=RateLimit(settings.questions_a_minute),
        reviews=RateLimit(settings.reviews_a_minute),
        marks=MarkService(database=database, intake=intake, live=live, recordations=recordations, schedule=schedule),
        scans=scans,
        intake=intake_of_scans,
        line=Line(
            database=database,
            pool=pool,
            intake=intake_of_scans,
            judge=judge,
            answering=answering,
            underway=underway,
            clock=clock,
        ),
        precheck=Precheck(database=database, clock=clock),
        stations=StationService(database=database, pool=pool, clock=clock),
        alerts=alerts,
        deciding=deciding,
        bulk=BulkService(database=database, deciding=deciding, rules=rules, clock=clock),
        test_library=TestLibrary(database),
        reviewing=ReviewService(database=database, rules=rules, clock=clock),
        followers=Followers(database),
        heads=HeadKeeper(
            database,
            folder=settings.audit_heads_dir,
            key=settings.audit_key,
            minutes=settings.audit_head_minutes,
        ),
        views=SavedViews(database),
        sign_ins=RateLimit(settings.sign_ins_a_minute),
        schedule=schedule,
        subscriptions=SubscriptionService(database=database, sealer=sealer, clock=clock),
        dispatcher=Dispatcher(
            database=database,
            senders={"webhook": Webhooks(), "mqtt": Brokers(settings.mqtt_credentials)},
            sealer=sealer,
            metrics=metrics,
            clock=clock,
        ),
        replays=ReplayService(scans=scans, alerts=alerts, inspector=inspector, live=live, past=past),
    )
