"""The outermost layer of each request: its id, who may address it, the body's size, its log line, and no leaks."""

import re
import time
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import BodyTooLarge, ForeignHost
from service.identifiers import new_id
from service.metrics import Metrics
from service.problems import problem
from service.settings import is_loopback

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
GONE = 499  # as nginx notes it
log = structlog.get_logger()


class Boundary:
    """ASGI middleware around the whole application; also answers errors that nobody expected."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: Metrics,
        max_body_bytes: int,
        larger: Mapping[str, int] | None = None,
        public_url: str | None = None,
        versions: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        """No body is larger than `max_body_bytes`, but for paths in `larger`; each answer has `versions` as headers."""
        self._versions = versions
        self._public = urlsplit(public_url or "").hostname or ""
        self.app, self.metrics, self.max_body_bytes = app, metrics, max_body_bytes
        self._larger = larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else new_id("req")
        scope.setdefault("state", {})["request_id"] = request_id
        status: list[int] = []

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                status.append(message["status"])
                own = {"X-Request-ID": request_id, **self._versions()}
                message["headers"] += [(name.encode(), value.encode()) for name, value in own.items()]
            try:
                await send(message)
            except RuntimeError as error:
                if "closed" in str(error):  # how uvloop says that the connection is gone
                    raise ClientDisconnect from error
                raise

        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                check_addressed_here(headers, self._public)
                await self.app(scope, limited(receive, headers, self._limit(scope["path"])), answer)
            except ClientDisconnect:  # nobody is there to be answered
                status.append(GONE)
            except Exception as error:  # the process lives on: the error is logged and answered here
                if status:  # too late for another answer
                    log.exception("failed_while_answering")
                    raise
                await problem(error, request_id)(scope, receive, answer)
            finally:
                self._note(scope, status, time.perf_counter() - started)

    def _limit(self, path: str) -> int:
        return self._larger.get(path, self.max_body_bytes)

    def _note(self, scope: Scope, status: Iterable[int], seconds: float) -> None:
        code = next(iter(status), 0)
        route = getattr(scope.get("route"), "path", "unknown")  # the template, so that labels stay few
        self.metrics.requests.labels(scope["method"], route, code).inc()
        self.metrics.request_seconds.labels(route).observe(seconds)
        log.info("request", method=scope["method"], path=scope["path"], status=code, ms=round(seconds * 1000, 1))


def check_addressed_here(headers: Headers, public: str = "") -> None:
    """Raise ForeignHost unless the request came by a loopback name, or the public one.

    A web page elsewhere can make a browser on this machine send requests here; its own host name (DNS rebinding)
    or its origin gives it away.
    """
    host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
    if not _ours(host, public):
        raise ForeignHost(f"the request was addressed to {host!r}", field="Host", limit="127.0.0.0/8, ::1 or localhost")
    origin = headers.get("origin")
    if origin is not None and not _ours(urlsplit(origin).hostname or "", public):
        raise ForeignHost(f"a page of {origin!r} sent the request", field="Origin", limit="pages of this machine")


def _ours(host: str, public: str) -> bool:
    return is_loopback(host) or (public != "" and host == public)


def limited(receive: Receive, headers: Headers, limit: int) -> Receive:
    """`receive`, raising BodyTooLarge as soon as more than `limit` bytes are announced or have come."""
    announced = headers.get("content-length", "0")
    taken = int(announced) if announced.isdecimal() else 0
    if taken > limit:
        raise BodyTooLarge(f"{taken} bytes announced", field="body", limit=f"{limit} bytes")
    came = 0

    async def counted() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > limit:
            raise BodyTooLarge(f"more than {limit} bytes", field="body", limit=f"{limit} bytes")
        return message

    return counted
