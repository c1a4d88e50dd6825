"""X-ray scans in the console: drawn in the browser from 16 bits as documents show them, and undone in a key."""

import base64
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, Route, expect

from inference.fusion import Gain
from inference.xray.display import MODES, Mode
from inference.xray.display import shown as drawn
from inference.xray.packing import pack
from inference.xray.reading import read_scan
from tests.acceptance.browsing import Console, shown
from tests.fakes import FakeXrayInspector
from tests.integration.service.harness import running, settings_in
from tests.integration.service.pictures import jpeg, mark
from tests.integration.service.test_service_xray import AIR, counts, grey_mark

WEDGES = [
    {"z": 6.5, "high": [0.1, 1.0, 5.0], "low": [0.105, 1.05, 5.25]},
    {"z": 13.0, "high": [0.1, 1.0, 5.0], "low": [0.125, 1.25, 6.25]},
    {"z": 26.0, "high": [0.1, 1.0, 5.0], "low": [0.16, 1.6, 8.0]},
]
PICTURE = """() => {
  const canvas = document.querySelector("#viewer canvas.xray");
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let text = "";
  for (let at = 0; at < data.length; at += 8192) text += String.fromCharCode(...data.subarray(at, at + 8192));
  return [canvas.height, canvas.width, btoa(text)];
}"""


def scan_file(seed: int) -> bytes:
    """A scan with three kinds of material in it, from top to bottom."""
    high, low = counts(seed)
    bands = np.repeat([1.05, 1.25, 1.6], len(high) // 3)[:, None]  # how much more the low energy is attenuated
    low = np.clip(AIR * (high / AIR) ** bands, 0, 65_535).astype(np.uint16)
    sidecar = {"tidewaiter_xray": 1, "air": AIR, "polarity": "transmission", "bits": 16}
    return pack(high, low, {**sidecar, "calibration": {"name": "test", "materials": WEDGES}})


@pytest.fixture
def xray_console(browser: Browser, tmp_path: Path) -> Iterator[Console]:
    judge = FakeXrayInspector()
    judge.gain = Gain(intercept=1.0, slope=0.2)
    with running(settings_in(tmp_path), xray=judge) as service:
        made = Console(service, browser)
        made.officer("lin.wei")
        yield made
        assert made.complaints == []


def parcel(console: Console, seed: int) -> str:
    """A parcel with a mark in it, on its photograph and in its scan; returns its alert."""
    grey_mark(console.service, "anchor", seed)
    grey = cv2.cvtColor(cv2.cvtColor(mark(seed), cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    photograph = jpeg(cv2.resize(grey, (240, 240), interpolation=cv2.INTER_NEAREST))
    (alert,) = console.service.scan([scan_file(seed), photograph]).json()["alerts"]
    return str(alert)


def canvas_of(page: Page) -> NDArray[np.uint8]:
    """What the browser drew (h, w, 3)."""
    h, w, text = page.evaluate(PICTURE)
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(h, w, 4)[..., :3]


def opened(page: Page, alert: str) -> None:
    page.goto(f"/console/alerts/{alert}")
    shown(page, alert)
    thumb = page.locator("[data-view='0']")
    if thumb.get_attribute("aria-pressed") != "true":
        thumb.click()
    page.wait_for_selector("main[data-deep='0']")


def choose(page: Page, mode: Mode) -> None:
    if mode == "edges":
        page.click("[data-xray-mode=grey]")
        page.wait_for_selector("main[data-drawn-mode=grey]")
        page.keyboard.press(",")
        expect(page.locator("[data-xray-tool=edges]")).to_have_attribute("aria-pressed", "true")
    else:
        page.click(f"[data-xray-mode={mode}]")
        page.wait_for_selector(f"main[data-drawn-mode={mode}]")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_the_browser_draws_every_mode_as_the_documents_do(xray_console: Console) -> None:
    alert = parcel(xray_console, 5)
    (scan,) = read_scan([scan_file(5)])
    with xray_console.signed_in("lin.wei") as page:
        opened(page, alert)
        pictures = {}
        for mode in MODES:
            page.keyboard.press("0")
            choose(page, mode)
            pictures[mode] = canvas_of(page)
            apart = np.abs(pictures[mode].astype(int) - drawn(scan, mode).astype(int))
            assert (apart > 3).mean() < 0.01, mode  # materials are sent in eighths of an atomic number
            assert apart.mean() < 0.6, mode
        assert len({picture.tobytes() for picture in pictures.values()}) == len(MODES)


def test_window_gamma_and_one_key_back_to_the_original(xray_console: Console) -> None:
    alert = parcel(xray_console, 5)
    with xray_console.signed_in("lin.wei") as page:
        opened(page, alert)
        original = canvas_of(page)
        page.keyboard.press("/")
        box = page.locator("#viewer").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x - 60, y + 40, steps=5)
        page.mouse.up()
        page.locator("[data-xray-range=gamma]").fill("1.4")
        page.keyboard.press(",")
        page.wait_for_timeout(100)
        assert not np.array_equal(canvas_of(page), original)
        page.keyboard.press("0")
        page.wait_for_timeout(100)
        assert np.array_equal(canvas_of(page), original)
        expect(page.locator("[data-tool=window]")).to_have_attribute("aria-pressed", "false")


def test_a_preset_window_outlives_a_visit_to_a_mode_with_its_own(xray_console: Console) -> None:
    alert = parcel(xray_console, 5)
    with xray_console.signed_in("lin.wei") as page:
        opened(page, alert)
        preset, level = page.locator("[data-xray-preset]"), page.locator("[data-xray-range=level]")
        expect(preset).to_have_value("usual")
        preset.select_option("thin")
        expect(level).to_have_value("0.5")
        choose(page, "grey")
        expect(preset).to_have_value("thin")
        thin = canvas_of(page)
        choose(page, "high")
        expect(preset).to_have_value("")
        choose(page, "grey")
        assert np.array_equal(canvas_of(page), thin)
        level.fill("0.9")
        expect(preset).to_have_value("")
        page.keyboard.press("0")
        expect(preset).to_have_value("usual")


def test_two_views_side_by_side_the_lens_and_what_each_view_says(xray_console: Console) -> None:
    alert = parcel(xray_console, 5)
    with xray_console.signed_in("lin.wei") as page:
        opened(page, alert)
        expect(page.locator(".parts li")).to_have_count(2)
        expect(page.locator(".parts")).to_contain_text("X-ray")
        expect(page.locator(".reasons")).to_contain_text("together")
        page.keyboard.press("d")
        expect(page.locator("#viewer-beside")).to_be_visible()
        expect(page.locator("#viewer-beside")).to_have_attribute("data-shows", "1")
        expect(page.locator("#viewer-beside .box")).to_have_count(1)
        page.keyboard.press("d")
        expect(page.locator("#viewer-beside")).to_be_hidden()
        page.keyboard.press("l")
        page.hover("#viewer")
        expect(page.locator(".lens")).to_be_visible()
        page.keyboard.press("l")
        expect(page.locator(".lens")).to_have_count(0)
        page.click("[data-view='1']")
        expect(page.locator(".tools.xray")).to_be_hidden()


def test_what_is_not_known_of_a_scan_is_said_under_it(xray_console: Console) -> None:
    alert = parcel(xray_console, 5)
    with xray_console.signed_in("lin.wei") as page:
        opened(page, alert)
        expect(page.locator(".remarks li")).to_have_text(["Size of a pixel not known: no sizes."])


def test_planes_are_of_xrays_alone_and_of_this_office(xray_console: Console) -> None:
    alert = parcel(xray_console, 5)
    scan = xray_console.service.client.get(f"/v1/alerts/{alert}").json()["scan_id"]
    with xray_console.signed_in("lin.wei") as page:
        answer = page.request.get(f"/console/scans/{scan}/views/0/planes")
        assert (answer.status, answer.body()[:4]) == (200, b"TWXP")
        assert page.request.get(f"/console/scans/{scan}/views/1/planes").status == 404
        assert page.request.get(f"/console/scans/{scan}/views/7/planes").status == 404
    with xray_console.page() as stranger:
        assert stranger.request.get(f"/console/scans/{scan}/views/0/planes", max_redirects=0).status in (
            302,
            303,
            401,
            403,
        )


def test_boxes_lie_on_the_scan_that_is_drawn_once(xray_console: Console) -> None:
    alert = parcel(xray_console, 10)
    with xray_console.signed_in("lin.wei") as page:
        page.goto(f"/console/alerts/{alert}")
        shown(page, alert)
        page.click("[data-view='0']")  # before the scan is there by itself: it is asked for twice
        page.wait_for_selector("main[data-deep='0']")
        page.wait_for_timeout(1500)
        canvases, above = page.evaluate(
            """() => {
              const drawn = [...document.querySelectorAll("#viewer canvas.xray")];
              const boxes = [...document.querySelectorAll("#viewer .box")];
              const on = (box) => Boolean(drawn[0].compareDocumentPosition(box) & Node.DOCUMENT_POSITION_FOLLOWING);
              return [drawn.length, boxes.map(on)];
            }"""
        )
        assert canvases == 1
        assert above
        assert all(above)


def test_a_scan_that_arrives_late_does_not_cover_another_view(xray_console: Console) -> None:
    alert = parcel(xray_console, 5)
    held: list[Route] = []
    with xray_console.signed_in("lin.wei") as page:
        page.route("**/planes", lambda route: held.append(route))  # noqa: PLW0108 - a builtin cannot be wrapped
        page.goto(f"/console/alerts/{alert}")
        shown(page, alert)
        page.click("[data-view='0']")
        page.wait_for_timeout(600)  # by then it has asked for the scan's planes
        page.click("[data-view='1']")
        page.wait_for_timeout(300)
        assert held
        for route in held:
            route.continue_()
        page.wait_for_timeout(800)
        expect(page.locator("#viewer canvas.xray")).to_have_count(0)
        page.click("[data-view='0']")
        page.wait_for_selector("#viewer canvas.xray")


def test_where_the_planes_cannot_be_had_the_picture_stays(xray_console: Console) -> None:
    alert = parcel(xray_console, 5)
    with xray_console.signed_in("lin.wei") as page:
        page.route("**/planes", lambda route: route.fulfill(status=503))
        page.goto(f"/console/alerts/{alert}")
        shown(page, alert)
        page.click("[data-view='0']")
        page.wait_for_timeout(600)
        expect(page.locator("#viewer canvas.xray")).to_have_count(0)
        page.unroute("**/planes")
        page.click("[data-view='1']")
        page.click("[data-view='0']")
        page.wait_for_selector("#viewer canvas.xray")
