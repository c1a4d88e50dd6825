"""What goes for all tests."""

import pytest
import structlog


@pytest.fixture(autouse=True)
def _logs() -> None:
    """Errors are logged with their tracebacks alone, for each test anew: commands set logs up as they like.

    With all local variables, as structlog's default shows them on a terminal, one error of the service takes half a
    minute to print.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=True),
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ],
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=False,
    )
