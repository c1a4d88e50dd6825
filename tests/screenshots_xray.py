"""The pictures of `docs/xray.md`: an alert on photograph and scan, and what each mode shows of a hidden plate."""

import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

from inference.xray.display import MODES
from tests.acceptance.browsing import DESK, Console, shown
from tests.acceptance.test_console_xray import canvas_of, choose

COLUMNS = 4
LABEL = 30  # px
BOTH, HIDDEN = "opened-carton", "plain-carton"  # sample parcels


def draw_xray(console: Console) -> dict[str, NDArray[np.uint8]]:
    """Name -> picture (h, w, 3) RGB."""
    with console.signed_in("maria.santos", size=DESK) as page:
        opened(page, console, BOTH)
        page.keyboard.press("d")
        page.wait_for_selector("#viewer-beside canvas.xray, #viewer-beside .openseadragon-canvas canvas")
        page.wait_for_timeout(1500)
        page.evaluate("scrollTo(0, 0)")
        alert = decoded(page.screenshot(type="png"))
        opened(page, console, HIDDEN)
        page.wait_for_selector("main[data-deep='1']")
        pictures = {}
        for mode in MODES:
            page.keyboard.press("0")
            choose(page, mode)
            pictures[mode] = canvas_of(page)
    return {"console-xray": alert, "xray-modes": montage(pictures)}


def opened(page: Page, console: Console, parcel: str) -> None:
    """The alert of a parcel whose scan says most."""
    items = console.service.client.get("/v1/alerts", params={"limit": 200}).json()["items"]
    own = [
        item for item in items if item["parcel"] == parcel and any(s["modality"] == "xray" for s in item["sightings"])
    ]
    page.goto(f"/console/alerts/{own[0]['id']}")
    shown(page)
    page.click("[data-view='1']")


def montage(pictures: dict[str, NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """The pictures with their names, four in a row."""
    tiles = []
    for name, picture in pictures.items():
        tile = np.full((picture.shape[0] + LABEL, picture.shape[1] + 4, 3), 255, np.uint8)
        tile[LABEL:, :-4] = picture
        cv2.putText(tile, name, (6, 21), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (30, 30, 30), 1, cv2.LINE_AA)
        tiles.append(tile)
    rows = [np.hstack(tiles[start : start + COLUMNS]) for start in range(0, len(tiles), COLUMNS)]
    return np.vstack(rows)


def decoded(data: bytes) -> NDArray[np.uint8]:
    """A PNG as (h, w, 3) RGB."""
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), np.uint8)[..., ::-1]
