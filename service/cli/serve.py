"""`tidewaiter serve`: the service on a loopback address."""

from dataclasses import dataclass
from typing import Annotated

import structlog
import typer
import uvicorn

from service.app import create_app
from service.bootstrap import bootstrap
from service.logs import configure_logs
from service.settings import Settings, check_address, load_settings

log = structlog.get_logger()
STOP_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where to listen."""

    host: str
    port: int


def serve(
    host: Annotated[str | None, typer.Option(help="Address; overrides TIDEWAITER_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="TCP port; overrides TIDEWAITER_PORT.")] = None,
) -> None:
    """Start the service: on this machine only, unless TLS is in front of it (TIDEWAITER_PUBLIC_URL)."""
    settings = load_settings()
    address = Address(host=settings.host if host is None else host, port=settings.port if port is None else port)
    check_address(address.host, settings.public_url)
    configure_logs()
    run(settings, address)


def run(settings: Settings, address: Address) -> None:
    """Serve until SIGINT or SIGTERM."""
    parts = bootstrap(settings)
    log.info("serving", host=address.host, port=address.port, marks=len(parts.inspector.gallery))
    uvicorn.run(
        create_app(parts),
        host=address.host,
        port=address.port,
        log_config=None,  # our own layer writes one line a request
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
