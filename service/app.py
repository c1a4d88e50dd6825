"""The web application: routes, error answers and life cycle around parts that it is handed."""

import hashlib
import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Protocol

from fastapi import APIRouter, Depends, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from service import problems
from service.alerts.endpoints import router as alerts
from service.answers import problems as problems_of
from service.boundary import Boundary
from service.companies.endpoints import router as companies
from service.console.pages import ROUTERS
from service.console.static import Static
from service.drift.endpoints import router as drift
from service.events.endpoints import router as subscriptions
from service.exchange.endpoints import IMPORTS
from service.exchange.endpoints import router as exchange
from service.health.endpoints import router as health
from service.holders.endpoints import router as holders
from service.identity.guard import needs
from service.identity.roles import Permission
from service.jobs.endpoints import router as jobs
from service.labels.endpoints import SETS
from service.labels.endpoints import router as labels
from service.labels.endpoints import words as holder_words
from service.marks.endpoints import router as marks
from service.modelops.endpoints import router as models
from service.parts import Parts
from service.recordations.endpoints import router as recordations
from service.replays.endpoints import router as replays
from service.rescreening.endpoints import router as rescreenings
from service.retraining.endpoints import router as retrainings
from service.sampling.endpoints import router as tasks
from service.scans.endpoints import router as scans
from service.search.endpoints import router as search
from service.stations.endpoints import router as stations

VERSION = "0.1.0"
OPENAPI = "/openapi.json"
REGISTRY = (Permission.SEE_REGISTRY, Permission.EDIT_REGISTRY)
GUARDED: tuple[tuple[APIRouter, tuple[Permission, ...]], ...] = (  # what reading needs, and what writing
    # A request is compared with one route after the other: what lines wait for comes first.
    (scans, (Permission.SEE_SCANS, Permission.POST_SCANS)),
    (stations, (Permission.SEE_SCANS, Permission.POST_SCANS)),
    (alerts, (Permission.SEE_ALERTS, Permission.DECIDE)),
    (replays, (Permission.SEE_ALERTS,)),
    (search, (Permission.SEE_REGISTRY,)),
    (holders, REGISTRY),
    (recordations, REGISTRY),
    (marks, REGISTRY),
    (exchange, REGISTRY),
    (subscriptions, (Permission.ADMINISTER,)),
    (models, (Permission.SEE_MODELS, Permission.OPERATE_MODELS)),
    (jobs, (Permission.SEE_MODELS, Permission.OPERATE_MODELS)),
    (retrainings, (Permission.SEE_MODELS, Permission.OPERATE_MODELS)),
    (drift, (Permission.SEE_MODELS, Permission.OPERATE_MODELS)),
    (labels, (Permission.SEE_MODELS, Permission.OPERATE_MODELS)),
    (rescreenings, (Permission.SEE_ALERTS, Permission.DECIDE)),
    (tasks, (Permission.SEE_ALERTS, Permission.DECIDE)),
    (holder_words, (Permission.SEE_ALERTS, Permission.DECIDE)),
)


class Works(Protocol):
    """Works beside the requests, in a thread of its own."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End, once what is worked on is done."""


def create_app(parts: Parts) -> FastAPI:
    """The application over `parts`, which it closes when it ends."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        beside: list[Works] = [
            parts.line,
            parts.backlog,
            parts.exchange,
            parts.tests_beside,
            parts.followers,
            parts.heads,
            parts.dispatcher,
            parts.xray_backlog,
            parts.serving,
            parts.learning.shadowing,
            parts.learning.watch,
            parts.learning.chooser,
            parts.learning.triggers,
            parts.learning.retention,
            parts.learning.jobs,
        ]
        for one in beside:
            await run_in_threadpool(one.start)
        yield
        for one in beside:
            await run_in_threadpool(one.stop)
        await run_in_threadpool(parts.close)

    app = FastAPI(
        title="Tidewaiter",
        version=VERSION,
        summary="Finds recorded trademarks in photographs of parcels.",
        lifespan=life,
        openapi_url=None,  # see `_describe`
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
        larger={IMPORTS: settings.max_import_bytes, SETS: settings.max_import_bytes},
        public_url=settings.public_url,
        versions=lambda: versions_of(parts),
    )
    for router, permissions in GUARDED:
        app.include_router(router, dependencies=[Depends(needs(*permissions))], responses=problems_of(401, 403))
    for router in (companies, health):  # anyone may ask these
        app.include_router(router)
    app.mount("/console/static", Static(), name="static")
    for router in ROUTERS:
        app.include_router(router)
    _describe(app)
    _build(app)
    return app


def _describe(app: FastAPI) -> None:
    """/openapi.json, written once: anyone may ask for it, and writing it takes longer than most answers."""
    app.openapi_url = OPENAPI
    written, lock = list[bytes](), threading.Lock()

    def write() -> None:
        with lock:
            if not written:
                written.append(json.dumps(app.openapi(), ensure_ascii=False, separators=(",", ":")).encode())

    @app.get(OPENAPI, include_in_schema=False)
    async def openapi() -> Response:
        if not written:
            await run_in_threadpool(write)
        return Response(written[0], media_type="application/json")


def versions_of(parts: Parts) -> dict[str, str]:
    """By what an answer was made, as its headers say: this release, the models, the registry."""
    return {
        "Tidewaiter-Version": VERSION,
        "Tidewaiter-Models": _digest(frozenset(parts.inspector.models.items())),
        "Tidewaiter-Registry": str(parts.live.revision),
    }


@lru_cache(maxsize=4)
def _digest(models: frozenset[tuple[str, str]]) -> str:
    """One name for all models: role -> sha256."""
    return hashlib.sha256("\n".join(f"{role} {sha256}" for role, sha256 in sorted(models)).encode()).hexdigest()[:16]


def _build(app: FastAPI) -> None:
    """Build the routes now: else the first requests do, wait for it, and disturb other applications of the process."""
    nowhere = {"type": "http", "method": "GET", "path": "/nowhere", "root_path": "", "headers": []}
    for route in app.router.routes:
        route.matches(nowhere)
