"""POST /v1/scans/{id}/replays and /v1/alerts/{id}/replays: reach a verdict again."""

import asyncio

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from service.answers import problems
from service.identity.guard import PrincipalDep
from service.parts import PartsDep
from service.replays.schemas import ReplayOut

router = APIRouter(prefix="/v1", tags=["replays"])


@router.post("/scans/{scan_id}/replays", summary="Reach a scan's verdict again", responses=problems(404, 409, 503))
async def replay_scan(scan_id: str, parts: PartsDep, who: PrincipalDep) -> ReplayOut:
    """By the registry as it was when the scan was inspected. Nothing is changed or stored."""
    await run_in_threadpool(parts.scans.get, scan_id, within=who.office)  # of another office: not there
    return await asyncio.wrap_future(parts.pool.submit(lambda: parts.replays.scan(scan_id)))


@router.post("/alerts/{alert_id}/replays", summary="Reach an alert's verdict again", responses=problems(404, 409, 503))
async def replay_alert(alert_id: str, parts: PartsDep, who: PrincipalDep) -> ReplayOut:
    """By the registry as it was when the alert was raised. Nothing is changed or stored."""
    await run_in_threadpool(parts.alerts.get, alert_id, within=who.office)
    return await asyncio.wrap_future(parts.pool.submit(lambda: parts.replays.alert(alert_id)))
