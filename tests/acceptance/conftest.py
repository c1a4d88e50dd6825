"""A browser and a console for the acceptance tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from service.identity.roles import Role
from tests.acceptance.browsing import Console, started_browser
from tests.integration.service.harness import running, settings_in


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    with started_browser() as started:
        yield started


@pytest.fixture
def console(browser: Browser, tmp_path: Path) -> Iterator[Console]:
    """A console with two officers; the browser must have nothing to complain about in the end."""
    with running(settings_in(tmp_path)) as service:
        made = Console(service, browser)
        made.officer("lin.wei")
        made.officer("maria.santos", Role.OFFICER, Role.SUPERVISOR)
        yield made
        assert made.complaints == []
