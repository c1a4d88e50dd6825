"""A real Chromium at a running console: the browser, signed-in pages, and parcels that raise alerts."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from service.identity.accounts import NewAccount
from service.identity.roles import Role
from service.tables import DecisionRow
from tests.integration.service.harness import Service
from tests.integration.service.pictures import photograph

PASSWORD = "low tide at seven"  # noqa: S105 - of accounts that live for one test
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
REFUSALS = ("Failed to load resource", "Response Status Error Code", "Send Error")  # answers of 4xx, told twice
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


def chromium() -> str:
    """Where Chromium is. Without one the tests are skipped, but never where everything has to be tested."""
    found = os.environ.get("TIDEWAITER_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs Chromium")
        pytest.skip("no Chromium on this machine")
    return found


@contextmanager
def started_browser() -> Iterator[Browser]:
    """A browser without a screen."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        try:
            yield browser
        finally:
            browser.close()


class Console:
    """A console with officers, seen through a browser."""

    def __init__(self, service: Service, browser: Browser) -> None:
        self.service, self.browser = service, browser
        self.address = str(service.client.base_url)
        self.complaints: list[str] = []  # what the browser's console said went wrong

    def officer(self, name: str, *roles: Role, office: str | None = None) -> None:
        """Make an account."""
        new = NewAccount(name=name, roles=roles or (Role.OFFICER,), password=PASSWORD, office=office)
        self.service.parts.accounts.add(new, by="tests")

    def alerts(self, *seeds: int, parcel: str = "P") -> list[str]:
        """Record a mark for each seed and post a parcel that bears it; returns the alerts."""
        raised: list[str] = []
        for seed in seeds:
            self.service.record(f"mark{seed}", seed)
            raised += self.service.scan([photograph(seed)], parcel=f"{parcel}{seed}").json()["alerts"]
        return raised

    @contextmanager
    def page(self, *, language: str = "en", size: dict[str, int] = DESK, theme: str = "light") -> Iterator[Page]:
        """A page of a browser of its own."""
        context = self.browser.new_context(
            viewport=size,  # type: ignore[arg-type]
            locale=language,
            color_scheme=theme,  # type: ignore[arg-type]
            base_url=self.address,
        )
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("pageerror", lambda error: self._heard("error", str(error)))
        try:
            yield page
        finally:
            context.close()

    def _heard(self, kind: str, text: str) -> None:
        if kind == "error" and not any(one in text for one in REFUSALS):
            self.complaints.append(text)

    @contextmanager
    def signed_in(
        self, name: str, *, language: str = "en", size: dict[str, int] = DESK, theme: str = "light"
    ) -> Iterator[Page]:
        """A page on which somebody is signed in."""
        with self.page(language=language, size=size, theme=theme) as page:
            page.goto("/console")
            page.fill("main [name=name]", name)
            page.fill("main [name=password]", PASSWORD)
            page.press("main [name=password]", "Enter")
            page.wait_for_url("**/console/worklist")
            yield page


def shown(page: Page, alert: str | None = None) -> None:
    """Wait until an alert, or this one, is on the screen with its photograph."""
    wanted = "main[data-shown]" if alert is None else f'main[data-shown][data-alert="{alert}"]'
    page.wait_for_selector(wanted)


def decisions(console: Console, alert: str) -> list[tuple[str, str, str]]:
    with console.service.parts.database.read() as session:
        rows = session.query(DecisionRow).filter_by(alert_id=alert).order_by(DecisionRow.id)
        return [(row.officer, row.action, row.state) for row in rows]
