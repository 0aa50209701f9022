"""The outermost layer: every exchange is counted once, as it was really answered.

What pages make of a problem, what the edge says of a mistake of ours, what the connection refuses
before there is a request: all of it passes here, whichever layer answered.
"""

from collections.abc import Awaitable
from typing import Final

from gateway.api.protocol import DoorProtocol
from gateway.api.visits import EXCHANGE, ROUTE, Exchanged
from gateway.domain.served import OTHER, UNMATCHED, UNREADABLE
from gateway.flows.meter import ServedMeter
from socle.clock import Clock
from socle.http import ASGIApp, Message, Receive, Scope, Send

_BEGINS: Final = frozenset(
    {"http.response.start", "websocket.accept", "websocket.http.response.start"}
)
_SWITCHED: Final = 101


class Metered:
    """`app`, counted."""

    def __init__(self, app: ASGIApp, meter: ServedMeter, clock: Clock) -> None:
        self._app, self._meter, self._clock = app, meter, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = "CONNECT" if scope["type"] == "websocket" else scope["method"]
        exchange = scope[EXCHANGE] = Exchanged()
        began = self._clock.monotonic()
        answered = 0.0

        def counted(message: Message) -> Awaitable[None]:
            nonlocal answered
            kind = message["type"]
            if kind in _BEGINS:
                exchange.status = message.get("status", _SWITCHED)
                answered = self._clock.monotonic() - began
            elif kind == "websocket.send":
                said = message.get("bytes") or (message.get("text") or "").encode()
                exchange.sent += len(said)
            else:
                exchange.sent += len(message.get("body", b""))
            return send(message)

        try:
            await self._app(scope, receive, counted)
        finally:
            route = scope.get(ROUTE)
            self._meter.count(
                UNMATCHED if route is None else route.pattern,
                method,
                exchange.status,
                visit=exchange.visit,
                size=exchange.sent,
                seconds=self._clock.monotonic() - began,
                answered=answered,
            )


def metered_protocol(meter: ServedMeter) -> type[DoorProtocol]:
    """The door's connections, what they refuse by themselves counted too."""

    class MeteredProtocol(DoorProtocol):
        def refused(self, status: int, size: int) -> None:
            meter.count(UNREADABLE, OTHER, status, visit=None, size=size, seconds=0.0, answered=0.0)

    return MeteredProtocol
