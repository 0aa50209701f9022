"""WebSockets through the door: judged as any request is, before the handshake is answered.

The method judged is CONNECT, as it is over HTTP/2 (RFC 8441): not one that only reads, so that a
session's is held to its origin, which browsers do not do for WebSockets by themselves (CWE-1385).
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from gateway.api.problems import dotted, of_failure
from gateway.api.proxy import Proxy
from gateway.api.visits import METHOD, ROUTE
from gateway.domain.failures import Failure
from gateway.domain.headers import Header
from gateway.domain.routes import RouteTable, Service, has_dot_segment
from gateway.domain.upstreams import Upstreams
from gateway.domain.visit import Visit
from gateway.flows.carry import GOING_AWAY, carry, open_line
from gateway.flows.open_streams import OpenStreams
from gateway.ports import Lines
from socle.clock import Clock
from socle.errors import Refusal
from socle.http import Problem, Receive, Scope, Send, of_refusal, sane_request_id
from socle.service import Draining
from socle.telemetry import current_request_id, use_request_id, use_trace

CONNECT: Final = "CONNECT"
_HANDSHAKE: Final = b"sec-websocket-"
# Codes that no frame may carry (RFC 6455 §7.4.1).
_NEVER_SENT: Final = frozenset({1005, 1006, 1015})

log = logging.getLogger("gateway.sockets")


class Sockets:
    """Answers for the routes of the table that take WebSockets; `proxy` judges as it does."""

    def __init__(
        self,
        table: RouteTable,
        proxy: Proxy,
        lines: Lines,
        upstreams: Mapping[Service, Upstreams],
        streams: OpenStreams,
        *,
        clock: Clock,
        draining: Draining,
    ) -> None:
        self._table, self._proxy, self._lines = table, proxy, lines
        self._upstreams, self._streams = upstreams, streams
        self._clock, self._draining = clock, draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        named = dict(scope["headers"])
        request_id = sane_request_id(named.get(b"x-request-id"))
        traceparent = named.get(b"traceparent", b"").decode("latin-1")
        with use_request_id(request_id), use_trace(traceparent):
            route = self._table.find(scope["raw_path"].decode("ascii"))
            if route is None or not route.websocket:
                refusal = Refusal("not_found", "Cette adresse n'accepte pas de WebSocket.")
                await _deny(of_refusal(refusal), send)
                return
            scope[ROUTE], scope[METHOD] = route, CONNECT
            visit = self._proxy.visit(scope)
            began = self._clock.monotonic()
            try:
                await self._judge_and_carry(scope, visit, receive, send)
            except Refusal as refusal:
                await _deny(of_refusal(refusal), send)
            except Failure as failure:
                log.warning("No WebSocket: %r", failure)
                await _deny(of_failure(failure, route.service), send)
            finally:
                self._proxy.account(visit, seconds=self._clock.monotonic() - began)
                log.info("WebSocket %s ended", route.pattern, extra={"route": route.pattern})

    async def _judge_and_carry(
        self, scope: Scope, visit: Visit, receive: Receive, send: Send
    ) -> None:
        if has_dot_segment(scope["raw_path"].decode("ascii")):
            raise dotted()
        if self._draining.started:
            raise Refusal("unavailable", "La passerelle s'arrête ; réessayez aussitôt.")
        await self._proxy.judge(visit)
        headers: list[Header] = [
            header
            for header in self._proxy.inward_headers(scope, visit, length=None)
            if not header[0].startswith(_HANDSHAKE)
        ]
        service = await open_line(
            self._lines,
            self._upstreams[visit.route.service],
            visit.target,
            headers,
            scope["subprotocols"],
            self._clock,
        )
        try:
            # The first message says that there is a connection.
            await receive()
            caller = _Caller(receive, send)
            request_id = (b"x-request-id", (current_request_id() or "").encode())
            await send(
                {
                    "type": "websocket.accept",
                    "subprotocol": service.subprotocol,
                    "headers": [request_id, *visit.told],
                }
            )
            visit.status = 101
            gone = asyncio.Event()
            with self._streams.hold(visit, gone.set):
                await carry(caller, service, until=gone)
        finally:
            await service.close(GOING_AWAY)


class _Caller:
    """The caller's side. Implements `Line`."""

    subprotocol = None

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send, self._gone = receive, send, False

    async def receive(self) -> str | bytes | int:
        message = await self._receive()
        if message["type"] != "websocket.receive":
            self._gone = True
            return int(message.get("code") or GOING_AWAY)
        text: str | None = message.get("text")
        data: bytes = message.get("bytes") or b""
        return data if text is None else text

    async def send(self, message: str | bytes) -> None:
        kind = "text" if isinstance(message, str) else "bytes"
        await self._send({"type": "websocket.send", kind: message})

    async def close(self, code: int) -> None:
        if not self._gone:
            self._gone = True
            said = GOING_AWAY if code in _NEVER_SENT else code
            await self._send({"type": "websocket.close", "code": said})


async def _deny(problem: Problem, send: Send) -> None:
    """Answer the handshake with a problem instead (ASGI's `websocket.http.response`)."""
    status, headers, body = problem.render(current_request_id())
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
