"""Usage records on the bus."""

from gateway.events import RequestServedV2
from socle.bus import Bus
from socle.bus.envelope import Envelope
from socle.clock import Clock
from socle.kafka import Outgoing


class BusUsageLedger:
    """Implements `UsageLedger`."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._bus, self._envelope = bus, Envelope("gateway", clock)
        self._sealed: tuple[RequestServedV2, Outgoing] | None = None
        """The last record, and its message."""

    async def publish(self, record: RequestServedV2) -> None:
        # A record repeated after a Retry has the same event id.
        if self._sealed is None or self._sealed[0] is not record:
            self._sealed = record, self._envelope.seal(record)
        await self._bus.send([self._sealed[1]], patient=True)
