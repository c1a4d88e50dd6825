"""The web application: routes, error answers and life cycle around parts that it is handed."""

import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog
from fastapi import APIRouter, Depends, FastAPI
from starlette.concurrency import run_in_threadpool

from inference.errors import TidewaiterError
from service import problems
from service.alerts.endpoints import router as alerts
from service.answers import problems as problems_of
from service.boundary import Boundary
from service.companies.endpoints import router as companies
from service.console.pages import ROUTERS
from service.console.static import Static
from service.exchange.endpoints import IMPORTS
from service.exchange.endpoints import router as exchange
from service.health.endpoints import router as health
from service.holders.endpoints import router as holders
from service.identity.guard import needs
from service.identity.roles import Permission
from service.marks.endpoints import router as marks
from service.parts import Parts
from service.recordations.endpoints import router as recordations
from service.replays.endpoints import router as replays
from service.scans.endpoints import router as scans
from service.scans.service import ScanService
from service.search.endpoints import router as search

log = structlog.get_logger()
REGISTRY = (Permission.SEE_REGISTRY, Permission.EDIT_REGISTRY)
GUARDED: tuple[tuple[APIRouter, tuple[Permission, ...]], ...] = (  # what reading needs, and what writing
    (scans, (Permission.SEE_SCANS, Permission.POST_SCANS)),
    (alerts, (Permission.SEE_ALERTS, Permission.DECIDE)),
    (replays, (Permission.SEE_ALERTS,)),
    (search, (Permission.SEE_REGISTRY,)),
    (holders, REGISTRY),
    (recordations, REGISTRY),
    (marks, REGISTRY),
    (exchange, REGISTRY),
)


def create_app(parts: Parts) -> FastAPI:
    """The application over `parts`, which it closes when it ends."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        recovery = Recovery(parts.scans, await run_in_threadpool(parts.scans.unfinished))
        beside = (recovery, parts.backlog, parts.exchange, parts.tests_beside, parts.followers, parts.heads)
        for one in beside:
            one.start()
        yield
        for one in beside:
            await run_in_threadpool(one.stop)
        await run_in_threadpool(parts.close)

    app = FastAPI(
        title="Tidewaiter",
        version="0.1.0",
        summary="Finds recorded trademarks in photographs of parcels.",
        lifespan=life,
        docs_url=None,  # these pages load their scripts from other hosts
        redoc_url=None,
    )
    app.state.parts = parts
    problems.install(app)
    settings = parts.settings
    app.add_middleware(
        Boundary,
        metrics=parts.metrics,
        max_body_bytes=settings.max_body_bytes,
        larger={IMPORTS: settings.max_import_bytes},
        public_url=settings.public_url,
    )
    for router in (companies, health):  # anyone may ask these
        app.include_router(router)
    for router, permissions in GUARDED:
        app.include_router(router, dependencies=[Depends(needs(*permissions))], responses=problems_of(401, 403))
    app.mount("/console/static", Static(), name="static")
    for router in ROUTERS:
        app.include_router(router)
    _build(app)
    return app


def _build(app: FastAPI) -> None:
    """Build the routes now: else the first requests do, wait for it, and disturb other applications of the process."""
    nowhere = {"type": "http", "method": "GET", "path": "/nowhere", "root_path": "", "headers": []}
    for route in app.router.routes:
        route.matches(nowhere)


class Recovery:
    """Inspects, in a thread beside the service, the scans that the last process stored but did not inspect."""

    def __init__(self, scans: ScanService, scan_ids: Sequence[str]) -> None:
        self._scans, self._scan_ids = scans, scan_ids
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recovery")

    def start(self) -> None:
        """Begin; does nothing lasting if there is nothing to do."""
        self._thread.start()

    def stop(self) -> None:
        """Wait for the inspection that is running and leave the rest to the next start."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        for scan_id in self._scan_ids:
            if self._stopped.is_set():
                return
            try:
                self._scans.inspect(scan_id)
            except TidewaiterError as error:  # it stays stored; the next start, or a repeated post, tries again
                log.error("recovery_failed", scan=scan_id, exc_info=error)
            else:
                log.info("recovered", scan=scan_id)
