"""Fixtures of the service's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.service.harness import Service, running, settings_in


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A running service with an empty registry and a fake inspector."""
    with running(settings_in(tmp_path)) as started:
        yield started
