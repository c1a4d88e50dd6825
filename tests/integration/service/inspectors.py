"""Inspectors that do not do as they are told."""

import threading

from inference.vocabulary import Image, Verdict
from tests.fakes import FakeInspector


class Failing(FakeInspector):
    """Fails as often as it is told to, then works."""

    def __init__(self, failures: int) -> None:
        super().__init__()
        self.failures = failures

    def inspect(self, image: Image, at: float | None = None) -> Verdict:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the model fell over")
        return super().inspect(image, at)


class Gated(FakeInspector):
    """Works only once its gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.entered = threading.Semaphore(0)

    def inspect(self, image: Image, at: float | None = None) -> Verdict:
        self.entered.release()
        assert self.gate.wait(20)
        return super().inspect(image, at)
