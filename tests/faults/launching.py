"""`tidewaiter serve` with the fake inspector, and with what a test breaks on purpose (TIDEWAITER_TEST_…)."""

import os
from datetime import datetime, timedelta
from functools import partial

import pytest

from service.bootstrap import bootstrap
from service.cli import main
from service.clock import system_clock
from tests.fakes import without_models

MUTANT = os.environ.pop("TIDEWAITER_TEST_MUTANT", "")
CLOCK = "test_clock"
WRONG = timedelta(seconds=float(os.environ.pop(f"TIDEWAITER_{CLOCK.upper()}", "0")))  # by which the clock is


def wrong_clock() -> datetime:
    """A clock that somebody set."""
    return system_clock() + WRONG


def no_sync(*_: object) -> None:
    """What a service that does not sync does."""


def mutate(patch: pytest.MonkeyPatch) -> None:
    """Break what is asked for."""
    if MUTANT in {"files", "all"}:
        patch.setattr("os.fsync", no_sync)
    if MUTANT in {"rows", "all"}:
        import service.database as database  # noqa: PLC0415 - only when it is to be broken

        off = tuple("synchronous=OFF" if pragma.startswith("synchronous") else pragma for pragma in database.PRAGMAS)
        patch.setattr(database, "PRAGMAS", off)


if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patch:
        without_models(patch)
        patch.setattr("service.cli.serve.bootstrap", partial(bootstrap, clock=wrong_clock))
        mutate(patch)
        main()
