"""The ASGI layer around every HTTP application: streams pass through unbuffered.

request id → trace context → limits (size, time left) → the application → problem+json for errors
→ one access log line → metrics. Raw ASGI applications and FastAPI ones use the same layer.
https://asgi.readthedocs.io/en/latest/specs/www.html
"""

import asyncio
import logging
import re
from typing import Final

from starlette.requests import ClientDisconnect

from socle.clock import Clock
from socle.errors import Refusal, Retry
from socle.http import metrics
from socle.http.exchange import (
    ASGIApp,
    ClientDisconnected,
    Exchange,
    Receive,
    Scope,
    Send,
    too_large,
)
from socle.http.problems import (
    TARGET_TOO_LONG,
    TIMEOUT,
    Problem,
    Rendering,
    of_refusal,
    of_retry,
    of_status,
    render_json,
)
from socle.telemetry import log_request, random_hex, use_request_id, use_trace

MAX_BODY: Final = 1024 * 1024
MAX_TARGET: Final = 8 * 1024
TIMEOUT_HEADER: Final = b"x-regionlab-timeout-ms"
"""Whole milliseconds until the caller stops waiting. The value is relative, as in gRPC's
grpc-timeout and Envoy's x-envoy-expected-rq-timeout-ms, since two machines' clocks differ."""
_READ_HEADERS: Final = frozenset(
    {b"x-request-id", b"traceparent", b"content-length", TIMEOUT_HEADER}
)
_SANE_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
# The client disconnected: the conventional status for the log and the metrics; it is not sent.
_CLIENT_DISCONNECTED: Final = 499

log = logging.getLogger("socle.http")


class Edge:
    """The layer around an application.

    `service`: the label of its metrics.
    `max_body`: bytes of a request body. `max_target`: bytes of path and query.
    `time_limits`: whether an exchange without a response ends when its caller stops waiting
    (`TIMEOUT_HEADER`); public applications ignore that header.
    `render`: renders a problem, for an application whose standard defines its own errors.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        service: str,
        clock: Clock,
        max_body: int = MAX_BODY,
        max_target: int = MAX_TARGET,
        time_limits: bool = True,
        render: Rendering = render_json,
    ) -> None:
        self._app, self._service, self._clock = app, service, clock
        self._max_body, self._max_target = max_body, max_target
        self._time_limits, self._render = time_limits, render
        metrics.OPEN.setdefault(service, 0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = _select_headers(scope)
        request_id = sane_request_id(headers.get(b"x-request-id"))
        exchange = Exchange(
            scope,
            receive,
            send,
            request_id=request_id,
            max_body=self._max_body,
            clock=self._clock,
            render=self._render,
        )
        open_now = metrics.OPEN
        open_now[self._service] += 1
        traceparent = headers.get(b"traceparent", b"").decode("latin-1")
        with use_request_id(request_id), use_trace(traceparent):
            try:
                if refused := self._refuse(scope, headers):
                    await exchange.send_problem(refused)
                else:
                    time_left = headers.get(TIMEOUT_HEADER) if self._time_limits else None
                    await self._answer(exchange, time_left)
            finally:
                open_now[self._service] -= 1
                self._record(exchange)

    def _refuse(self, scope: Scope, headers: dict[bytes, bytes]) -> Problem | None:
        if sum(name == b"authorization" for name, _ in scope["headers"]) > 1:
            # Each could be checked by one reader and trusted by another (RFC 9110 §5.3).
            return of_refusal(
                Refusal("invalid", "La demande a plusieurs en-têtes Authorization : un seul.")
            )
        target = len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"")
        if target > self._max_target:
            return Problem(
                TARGET_TOO_LONG,
                f"L'adresse demandée dépasse {self._max_target} octets ; raccourcissez-la.",
                {"limit_bytes": self._max_target},
            )
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > self._max_body:
            return too_large(self._max_body)
        return None

    async def _answer(self, exchange: Exchange, time_left: bytes | None) -> None:
        try:
            if time_left is None or not time_left.isdigit():
                await self._app(exchange.scope, exchange.receive, exchange.send)
            else:
                # Nine digits are days: it does not matter that a longer number is cut.
                await self._answer_within(exchange, int(time_left[:9]) / 1000)
            if exchange.status == 0 and not exchange.client_disconnected:
                log.error("The application ended without a response")
                await exchange.send_problem(of_status(500))
        except ClientDisconnected:
            return
        except Refusal as refusal:
            await exchange.send_problem(of_refusal(refusal))
        except Retry as retry:
            log.warning("A dependency is unreachable: %s", retry.message)
            await exchange.send_problem(of_retry(retry))
        except Exception as error:
            if exchange.client_disconnected and isinstance(error, OSError | ClientDisconnect):
                return
            # A response that has started stays unfinished: the server closes the connection, so
            # that the client sees a truncated response.
            log.exception("Unexpected error while answering")
            await exchange.send_problem(of_status(500))

    async def _answer_within(self, exchange: Exchange, seconds: float) -> None:
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                exchange.limit = limit
                try:
                    await self._app(exchange.scope, exchange.receive, exchange.send)
                finally:
                    exchange.limit = None
        except TimeoutError:
            if not limit.expired():
                raise
            await exchange.send_problem(of_status(TIMEOUT.status))

    def _record(self, exchange: Exchange) -> None:
        method = metrics.method_label("HEAD" if exchange.head else exchange.scope["method"])
        route = metrics.route_template(exchange.scope, exchange.outer_root_path)
        status = exchange.status or _CLIENT_DISCONNECTED
        seconds = exchange.seconds()
        metrics.count(
            self._service,
            method,
            route,
            status=status,
            seconds=exchange.start_seconds if exchange.is_stream else seconds,
            body_bytes=exchange.sent_bytes,
        )
        # The template and not the target: identifiers and query strings can be personal data.
        fields = {
            "method": method,
            "route": route,
            "status": status,
            "duration_ms": round(seconds * 1000, 3),
            "bytes": exchange.sent_bytes,
        }
        log_request(fields)


def _select_headers(scope: Scope) -> dict[bytes, bytes]:
    return {name: value for name, value in scope["headers"] if name in _READ_HEADERS}


def sane_request_id(sent: bytes | None) -> str:
    """The caller's id if it is safe in a log line and a header; otherwise a new one."""
    text = (sent or b"").decode("latin-1")
    return text if _SANE_ID.fullmatch(text) else random_hex(16)
