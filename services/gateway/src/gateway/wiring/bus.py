"""The gateway's bus. Kafka may be unreachable: the gateway starts and answers without it."""

from gateway.settings import GatewaySettings
from socle.bus import Bus, open_bus
from socle.service import WiringContext


async def open_gateway_bus(given: WiringContext[GatewaySettings]) -> Bus:
    """One bus for everything that the gateway follows and publishes, closed with the process."""
    bus = open_bus(given.platform.kafka, source="gateway", clock=given.clock, lazy=True)
    return await given.stack.enter_async_context(bus)
