"""What time it is: handed in wherever it matters, so that tests can say it is another day."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """This moment."""
    return datetime.now(UTC)
