"""The parts an application is made of; `bootstrap` makes them, `create_app` is handed them."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from service.alerts.bulk import BulkService
from service.alerts.deciding import DecidingService
from service.alerts.feed import Followers
from service.alerts.injecting import TestLibrary
from service.alerts.reviewing import ReviewService
from service.alerts.service import AlertService
from service.alerts.views import SavedViews
from service.audit.keeping import HeadKeeper
from service.companies.limiting import RateLimit
from service.companies.service import CompanyService
from service.database import Database
from service.events.dispatching import Dispatcher
from service.events.service import SubscriptionService
from service.exchange.service import ExchangeService
from service.holders.service import HolderService
from service.identity.accounts import AccountService
from service.identity.oidc import OidcService
from service.identity.service import IdentityService
from service.inspecting import Inspecting
from service.learning import Learning
from service.marks.service import MarkService
from service.metrics import Metrics
from service.modelops.serving import Serving
from service.onboarding.beside import TestsBeside
from service.onboarding.service import OnboardingService
from service.pool import InspectionPool
from service.recordations.schedule import Schedule
from service.recordations.service import RecordationService
from service.registry.backlog import Backlog
from service.registry.live import LiveGallery
from service.replays.service import ReplayService
from service.scans.eyes import Eyes
from service.scans.line import Line
from service.scans.precheck import Precheck
from service.scans.service import ScanService
from service.scans.taking import ScanIntake
from service.search.service import SearchService
from service.settings import Settings
from service.stations.service import StationService
from service.storage import FileStore


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Everything that lives as long as the application."""

    settings: Settings
    database: Database
    files: FileStore
    serving: Serving
    metrics: Metrics
    pool: InspectionPool
    onboarding: OnboardingService
    tests_beside: TestsBeside
    identity: IdentityService
    oidc: OidcService
    accounts: AccountService
    holders: HolderService
    recordations: RecordationService
    backlog: Backlog
    xray_backlog: Backlog
    exchange: ExchangeService
    search: SearchService
    companies: CompanyService
    questions: RateLimit
    reviews: RateLimit
    marks: MarkService
    scans: ScanService
    intake: ScanIntake
    line: Line
    precheck: Precheck
    stations: StationService
    alerts: AlertService
    deciding: DecidingService
    bulk: BulkService
    test_library: TestLibrary
    reviewing: ReviewService
    followers: Followers
    heads: HeadKeeper
    views: SavedViews
    sign_ins: RateLimit
    schedule: Schedule
    replays: ReplayService
    subscriptions: SubscriptionService
    dispatcher: Dispatcher
    learning: Learning

    @property
    def eyes(self) -> Eyes:
        """The models at work; others may take their place at any time, so whoever needs them twice asks once."""
        return self.serving.champion

    @property
    def inspector(self) -> Inspecting:
        """What judges photographs now."""
        return self.serving.champion.photo

    @property
    def live(self) -> LiveGallery:
        """What keeps its gallery up to date."""
        return self.serving.champion.live

    def close(self) -> None:
        """Let running work end, then close the database."""
        self.pool.close()
        self.database.close()


async def _parts(request: Request) -> Parts:  # async, as it waits for nothing: else it would take a thread
    parts: Parts = request.app.state.parts
    return parts


PartsDep = Annotated[Parts, Depends(_parts)]
