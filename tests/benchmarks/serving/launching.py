"""`tidewaiter serve` with the routes that are measured; with TIDEWAITER_BENCH_FAKE=1 without trained models."""

import os
from pathlib import Path

import pytest
from fastapi import FastAPI

from service.app import create_app
from service.cli import main
from service.parts import Parts
from tests.benchmarks.serving.peers.tiny import Tiny
from tests.benchmarks.serving.stack import add_routes
from tests.fakes import without_models

FAKE = os.environ.pop("TIDEWAITER_BENCH_FAKE", "")
TINY = os.environ.pop("TIDEWAITER_BENCH_TINY", "")


def with_routes(parts: Parts) -> FastAPI:
    """The application, and what is measured beside it."""
    app = create_app(parts)
    add_routes(app, parts, Tiny(Path(TINY)))
    return app


if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.cli.serve.create_app", with_routes)
        if FAKE == "1":
            without_models(patch)
        main()
