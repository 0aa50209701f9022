"""Metering: what was answered, counted once for the bus and for Prometheus."""

import secrets
from collections.abc import Sequence
from functools import partial

from prometheus_client import REGISTRY

from gateway.metering.adapters.usage_metrics import RedFigures
from gateway.metering.adapters.usage_topic import BusLedger
from gateway.metering.domain.usage import Part
from gateway.metering.flows import ServedMeter
from gateway.pilots.flows.assign_arms import Assign
from gateway.routes.domain.request_context import Visit
from gateway.settings import GatewaySettings
from gateway.wiring.pilots import Pilots
from socle.bus import Bus
from socle.service import Given


def wire_metering(given: Given[GatewaySettings], bus: Bus, pilots: Pilots) -> ServedMeter:
    """The count of this replica; its last record is told once nothing is answered any more."""
    figures = RedFigures(pilots.state)
    REGISTRY.register(figures)
    given.stack.callback(REGISTRY.unregister, figures)
    meter = ServedMeter(
        BusLedger(bus, given.clock),
        figures,
        replica=secrets.token_hex(8),
        clock=given.clock,
        parts=partial(_parts, pilots.assign),
    )
    given.stack.push_async_callback(meter.close)
    return meter


def _parts(assign: Assign, visit: Visit) -> Sequence[Part]:
    """The arms it was served on; people by the pseudonym of each pilot, where they still agree."""
    people = {pilot.id: pseudonym.hex() for pilot, _, pseudonym in assign.given(visit)}
    return [(pilot, arm, people.get(pilot)) for pilot, arm in sorted(visit.arms.items())]
