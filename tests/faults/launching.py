"""`tidewaiter serve` with the fake inspector, and with what a test breaks on purpose (TIDEWAITER_TEST_MUTANT)."""

import os

import pytest

from service.cli import main
from tests.fakes import load_fake

MUTANT = os.environ.pop("TIDEWAITER_TEST_MUTANT", "")


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
        patch.setattr("service.bootstrap.load_models", load_fake)
        mutate(patch)
        main()
