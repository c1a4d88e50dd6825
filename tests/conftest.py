"""What goes for all tests."""

import structlog

# Errors are logged with their tracebacks alone: with all local variables, as structlog's default shows them on a
# terminal, one error of the service takes half a minute to print.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=True),
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ],
    cache_logger_on_first_use=False,
)
