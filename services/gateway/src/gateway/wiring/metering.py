"""Metering: usage for the bus and for Prometheus."""

import secrets
from collections.abc import Sequence
from functools import partial

from prometheus_client import REGISTRY

from gateway.metering.adapters.usage_metrics import UsageMetrics
from gateway.metering.adapters.usage_topic import BusUsageLedger
from gateway.metering.domain.usage import PilotPart
from gateway.metering.flows import UsageMeter
from gateway.pilots.flows.assign_arms import AssignArms
from gateway.routes.domain.request_context import RequestContext
from gateway.settings import GatewaySettings
from gateway.wiring.pilots import Pilots
from socle.bus import Bus
from socle.service import WiringContext


def wire_metering(given: WiringContext[GatewaySettings], bus: Bus, pilots: Pilots) -> UsageMeter:
    """The meter of this replica; it publishes its last record after the last response."""
    metrics = UsageMetrics(pilots.state)
    REGISTRY.register(metrics)
    given.stack.callback(REGISTRY.unregister, metrics)
    meter = UsageMeter(
        BusUsageLedger(bus, given.clock),
        metrics,
        replica=secrets.token_hex(8),
        clock=given.clock,
        parts=partial(_parts, pilots.assign),
    )
    given.stack.push_async_callback(meter.close)
    return meter


def _parts(arms: AssignArms, context: RequestContext) -> Sequence[PilotPart]:
    """The arms of the request, with the person's pseudonym in each pilot they still consent to."""
    people = {pilot.id: pseudonym.hex() for pilot, _, pseudonym, _ in arms.assignments(context)}
    return [(pilot, arm, people.get(pilot)) for pilot, arm in sorted(context.arms.items())]
