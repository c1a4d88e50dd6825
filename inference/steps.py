"""How long each step took."""

import time


class Steps:
    """Counts the milliseconds of named steps, one after the other from when it is made."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}
        self._since = time.perf_counter()

    def done(self, name: str) -> None:
        """What was done since the last step was `name`; a name may come several times, and its times are added."""
        now = time.perf_counter()
        self.milliseconds[name] = self.milliseconds.get(name, 0.0) + 1000 * (now - self._since)
        self._since = now
