"""`tidewaiter serve` with the fake inspector, as a process: for the demo's tests, which need no trained models."""

import pytest

from service.cli import main
from tests.fakes import without_models

if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patch:
        without_models(patch)
        main()
