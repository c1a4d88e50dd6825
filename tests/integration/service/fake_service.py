"""`tidewaiter serve` with the fake inspector, as a process: for the demo's tests, which need no trained models."""

import pytest

from service.cli import main
from tests.fakes import load_fake, load_no_xray

if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.bootstrap.load_models", load_fake)
        patch.setattr("service.bootstrap.load_xray_models", load_no_xray)
        main()
