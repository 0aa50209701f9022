"""Metering: what was answered, counted once for the bus and for Prometheus."""

import secrets

from prometheus_client import REGISTRY

from gateway.adapters.red_figures import RedFigures
from gateway.adapters.served_topic import BusLedger
from gateway.flows.meter import ServedMeter
from gateway.settings import GatewaySettings
from socle.bus import open_bus
from socle.service import Given


async def wire_metering(given: Given[GatewaySettings]) -> ServedMeter:
    """The count of this replica; its last record is told once nothing is answered any more."""
    bus = await given.stack.enter_async_context(
        open_bus(given.platform.kafka, source="gateway", clock=given.clock, away=True)
    )
    figures = RedFigures()
    REGISTRY.register(figures)
    given.stack.callback(REGISTRY.unregister, figures)
    meter = ServedMeter(
        BusLedger(bus, given.clock), figures, replica=secrets.token_hex(8), clock=given.clock
    )
    given.stack.push_async_callback(meter.close)
    return meter
