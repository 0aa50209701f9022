"""Metering: what was answered, counted once for the bus and for Prometheus."""

import secrets
from collections.abc import Sequence
from functools import partial

from prometheus_client import REGISTRY

from gateway.metering.adapters.usage_metrics import UsageMetrics
from gateway.metering.adapters.usage_topic import BusUsageLedger
from gateway.metering.domain.usage import Part
from gateway.metering.flows import UsageMeter
from gateway.pilots.flows.assign_arms import AssignArms
from gateway.routes.domain.request_context import RequestContext
from gateway.settings import GatewaySettings
from gateway.wiring.pilots import Pilots
from socle.bus import Bus
from socle.service import WiringContext


def wire_metering(given: WiringContext[GatewaySettings], bus: Bus, pilots: Pilots) -> UsageMeter:
    """The count of this replica; its last record is told once nothing is answered any more."""
    figures = UsageMetrics(pilots.state)
    REGISTRY.register(figures)
    given.stack.callback(REGISTRY.unregister, figures)
    meter = UsageMeter(
        BusUsageLedger(bus, given.clock),
        figures,
        replica=secrets.token_hex(8),
        clock=given.clock,
        parts=partial(_parts, pilots.assign),
    )
    given.stack.push_async_callback(meter.close)
    return meter


def _parts(assign: AssignArms, context: RequestContext) -> Sequence[Part]:
    """The arms it was served on; people by the pseudonym of each pilot, where they still agree."""
    people = {pilot.id: pseudonym.hex() for pilot, _, pseudonym in assign.given(context)}
    return [(pilot, arm, people.get(pilot)) for pilot, arm in sorted(context.arms.items())]
