"""`tidewaiter serve`: the service on a loopback address."""

from dataclasses import dataclass
from typing import Annotated

import structlog
import typer
import uvicorn

from service.app import create_app
from service.bootstrap import bootstrap
from service.guard import GuardRules, allow_open_files, guarded
from service.logs import configure_logs
from service.settings import Settings, check_address, load_settings

log = structlog.get_logger()
STOP_SECONDS = 10
KEEP_SECONDS = 30


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
    allow_open_files()
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
        timeout_keep_alive=KEEP_SECONDS,
        http=guarded(guard_rules(settings)),
    )


def guard_rules(settings: Settings) -> GuardRules:
    """What is asked of clients; behind a proxy they all come from one address."""
    an_address = settings.connections_an_address
    if an_address is None:
        an_address = 256 if settings.public_url is None else 0
    return GuardRules(
        head_seconds=settings.head_seconds,
        body_rate=settings.body_bytes_a_second,
        connections=settings.connections,
        connections_an_address=an_address,
    )
