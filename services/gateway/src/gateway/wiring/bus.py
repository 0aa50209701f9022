"""The door's place on the bus. Kafka may be away: the door opens and answers without it."""

from gateway.settings import GatewaySettings
from socle.bus import Bus, open_bus
from socle.service import WiringContext


async def open_house_bus(given: WiringContext[GatewaySettings]) -> Bus:
    """One for all that the door follows and tells, closed with the process."""
    bus = open_bus(given.platform.kafka, source="gateway", clock=given.clock, away=True)
    return await given.stack.enter_async_context(bus)
