"""The service's parts, for the length of one command."""

from collections.abc import Iterator
from contextlib import contextmanager

from service.bootstrap import bootstrap
from service.logs import configure_logs
from service.parts import Parts
from service.settings import load_settings


@contextmanager
def opened_parts() -> Iterator[Parts]:
    """The parts over this machine's database; they are closed at the end of the block."""
    configure_logs()
    parts = bootstrap(load_settings())
    try:
        yield parts
    finally:
        parts.close()
