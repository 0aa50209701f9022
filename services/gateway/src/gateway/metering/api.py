"""The outermost layer: every exchange is counted once, as it was answered.

It sees every response, whichever layer made it: error pages, internal errors, and refusals of the
connection below the application.
"""

from collections.abc import Awaitable

from gateway.http.api.connection import GatewayConnection
from gateway.metering.domain.usage import OTHER, UNMATCHED, UNREADABLE
from gateway.metering.flows import UsageMeter
from gateway.routes.api import EXCHANGE, ROUTE, ExchangeRecord
from gateway.routes.domain.routes import OWN
from socle.clock import Clock
from socle.http import ASGIApp, Message, Receive, Scope, Send


class MeteredApp:
    """An ASGI application whose exchanges are counted."""

    def __init__(self, app: ASGIApp, meter: UsageMeter, clock: Clock) -> None:
        self._app, self._meter, self._clock = app, meter, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = scope[EXCHANGE] = ExchangeRecord()
        started = self._clock.monotonic()
        answered = 0.0  # seconds to the head of the response

        def counting_send(message: Message) -> Awaitable[None]:
            nonlocal answered
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                answered = self._clock.monotonic() - started
                if exchange.context is not None and exchange.context.route.streaming:
                    # The service stops measuring here too.
                    exchange.cpu_time.stop()
            else:
                exchange.sent_bytes += len(message.get("body", b""))
            return send(message)

        try:
            await exchange.cpu_time.of(self._app(scope, receive, counting_send))
        finally:
            route = scope.get(ROUTE)
            self._meter.count(
                UNMATCHED if route is None else route.pattern,
                scope["method"],
                exchange.status,
                context=exchange.context,
                size=exchange.sent_bytes,
                seconds=self._clock.monotonic() - started,
                answered=answered,
                cpu_seconds=_cpu_seconds(exchange),
            )


def _cpu_seconds(exchange: ExchangeRecord) -> float | None:
    """CPU time of the gateway and the service. None if the exchange belongs to no pilot, or the
    service did not report its own."""
    context = exchange.context
    if context is None or not context.arms:
        return None
    service = 0 if context.route.service == OWN else context.cpu_microseconds
    return None if service is None else exchange.cpu_time.nanoseconds / 1e9 + service / 1e6


def metered_connection(meter: UsageMeter) -> type[GatewayConnection]:
    """A connection class that also counts what it refuses itself."""

    class MeteredConnection(GatewayConnection):
        def on_refused(self, status: int, size: int) -> None:
            meter.count(
                UNREADABLE, OTHER, status, context=None, size=size, seconds=0.0, answered=0.0
            )

    return MeteredConnection
