"""Photographs of scans and filed artwork, as the pages show them."""

import gzip

import cv2
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from inference.xray.display import Mode
from service.console.access import ReviewerDep
from service.console.comparing import compared, laid, told
from service.console.route import PageRoute
from service.console.static import script_free
from service.errors import UnknownView
from service.parts import PartsDep

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)
FAST = 1  # of gzip's levels: noise hardly packs smaller by trying longer
KEPT = "private, max-age=86400, immutable"


@router.get("/scans/{scan_id}/views/{index}")
def view(scan_id: str, index: int, parts: PartsDep, who: ReviewerDep, mode: Mode = "colour") -> Response:
    """The photograph exactly as it was sent; an X-ray scan as consoles show it, in this mode."""
    media_type, data = parts.scans.shown(scan_id, index, mode, within=who.office)
    return Response(data, media_type=media_type, headers=script_free(KEPT))


@router.get("/scans/{scan_id}/views/{index}/planes")
def planes(scan_id: str, index: int, parts: PartsDep, who: ReviewerDep) -> Response:
    """An X-ray scan with all of its 16 bits, for the viewer to draw: see `inference.xray.planes`."""
    packed = gzip.compress(parts.scans.planes(scan_id, index, within=who.office), FAST)
    headers = {**script_free(KEPT), "Content-Encoding": "gzip"}
    return Response(packed, media_type="application/octet-stream", headers=headers)


@router.get("/alerts/{alert_id}/regions")
def regions(alert_id: str, parts: PartsDep, who: ReviewerDep) -> Response:
    """Which places of the filed artwork are seen again where on the photograph."""
    alert = parts.alerts.get(alert_id, within=who.office)
    found = compared(parts, alert, who.office)
    answer = {"regions": []} if found is None else told(alert_id, found)
    return JSONResponse(answer, headers=script_free(KEPT))


@router.get("/alerts/{alert_id}/laid")
def laid_over(alert_id: str, parts: PartsDep, who: ReviewerDep) -> Response:
    """The filed artwork as it lies on the photograph."""
    found = compared(parts, parts.alerts.get(alert_id, within=who.office), who.office)
    if found is None:
        raise UnknownView("the artwork cannot be laid over the photograph", field="alert_id")
    return Response(laid(found), media_type="image/png", headers=script_free(KEPT))


@router.get("/artwork/{sha256}")
def artwork(sha256: str, request: Request, parts: PartsDep, who: ReviewerDep) -> Response:
    """A recorded mark's artwork, drawn: whatever it is filed as, a PNG with its transparency is shown."""
    known = parts.marks.has_picture(sha256)
    drawn = parts.inspector.artworks(sha256) if known and parts.inspector.artworks is not None else None
    if drawn is None:
        raise UnknownView(f"no artwork {sha256[:12]!r} can be shown", field="sha256")
    _, data = cv2.imencode(".png", cv2.cvtColor(drawn, cv2.COLOR_RGBA2BGRA))  # (h, w, 4)
    return Response(data.tobytes(), media_type="image/png", headers=script_free(KEPT))
