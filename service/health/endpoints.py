"""/healthz, /readyz and /metrics."""

from fastapi import APIRouter
from starlette.responses import Response

from service.answers import problems
from service.health.schemas import Alive, Ready
from service.health.service import ready
from service.metrics import MEDIA_TYPE
from service.parts import PartsDep

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Is the process alive?")
def healthz() -> Alive:
    """Always ok if it answers at all."""
    return Alive(status="ok")


@router.get("/readyz", summary="Can it take scans?", responses=problems(503))
def readyz(parts: PartsDep) -> Ready:
    """Models loaded, database and files writable, disk space and room in the queue left."""
    return ready(parts.settings, parts.database, parts.inspector, parts.pool)


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"example": "tidewaiter_gallery_marks 5056.0\n"}}}},
)
def metrics(parts: PartsDep) -> Response:
    """Requests, seconds per step, alerts, decisions, gallery size."""
    return Response(parts.metrics.text(), media_type=MEDIA_TYPE)
