"""Everybody can use the console: WCAG 2.2 AA as far as axe-core finds out, on desk and phone, light and dark."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from service.identity.roles import Role
from tests.acceptance.browsing import DESK, PHONE, Console, shown, started_browser
from tests.integration.service.harness import running, settings_in

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A console with work on it."""
    with started_browser() as browser, running(settings_in(tmp_path_factory.mktemp("var"))) as service:
        made = Console(service, browser)
        made.officer("lin.wei", Role.OFFICER, Role.SUPERVISOR)
        made.officer("maria.santos")
        made.alerts(1, 2, 3)
        yield made


def violations(page: Page) -> list[Any]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [(item["id"], [node["html"][:200] for node in item["nodes"]][:3], item["help"]) for item in found]


def on_all_pages(
    console: Console, name: str, *, theme: str, size: dict[str, int], language: str
) -> dict[str, list[Any]]:
    """What is wrong, by page."""
    wrong: dict[str, list[Any]] = {}
    with console.page(language=language, size=size, theme=theme) as page:
        page.goto("/console/sign-in")
        wrong["sign-in"] = violations(page)
    alert = console.service.client.get("/v1/alerts", params={"status": "open", "limit": 1}).json()["items"][0]["id"]
    with console.signed_in(name, language=language, size=size, theme=theme) as page:
        for path in ("worklist", "seconds", "me", "no-such-page", "supervisor", "improving"):
            page.goto(f"/console/{path}")
            wrong[path] = violations(page)
        page.goto("/console/worklist")
        page.check("#pick-all")
        page.click("#bulk-go")
        page.wait_for_selector("form[hx-post^='/console/bulk/'] [name=reason_code]")
        wrong["bulk"] = violations(page)
        page.goto(f"/console/alerts/{alert}")
        shown(page)
        wrong["alert"] = violations(page)
        page.keyboard.press("s")
        page.wait_for_selector("#reasons-suspend[open]")
        wrong["reasons"] = violations(page)
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        page.wait_for_selector("#help[open]")
        wrong["help"] = violations(page)
    return {path: found for path, found in wrong.items() if found}


def all_violations(console: Console, name: str) -> list[Any]:
    """Everything that is wrong anywhere."""
    found = (
        on_all_pages(console, name, theme=theme, size=size, language=language)
        for theme in ("light", "dark")
        for size in (DESK, PHONE)
        for language in ("en", "zh-CN")
    )
    return [item for pages in found for items in pages.values() for item in items]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_no_page_keeps_anyone_out(console: Console, theme: str, size: dict[str, int], language: str) -> None:
    assert on_all_pages(console, "lin.wei", theme=theme, size=size, language=language) == {}


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_no_page_is_wider_than_the_screen(console: Console, size: dict[str, int]) -> None:
    alert = console.service.client.get("/v1/alerts", params={"status": "open"}).json()["items"][0]["id"]
    with console.signed_in("lin.wei", size=size) as page:
        for path in ("worklist", "seconds", "me", "supervisor", "improving", f"alerts/{alert}"):
            page.goto(f"/console/{path}")
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= size["width"], path
