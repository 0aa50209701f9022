"""The composition of pilots: the followed tables, the stage that assigns arms, the exposures."""

import logging
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway.events import ConsentV1, PilotV1
from gateway.pilots.adapters.pilot_metrics import PilotMetrics, count_lost, set_assigning_gauge
from gateway.pilots.flows.assign_arms import AssignArms
from gateway.pilots.flows.buffered_publisher import BufferedPublisher
from gateway.pilots.flows.exposures import Exposures
from gateway.pilots.flows.follow_pilots import PilotState
from gateway.pilots.flows.seen_facts import SeenFacts
from gateway.routes.domain.routes import RouteTable
from socle.bus import Bus, FrozenConsumer, Table
from socle.clock import Clock
from socle.service import RunningRole

log = logging.getLogger("gateway.pilots")


@dataclass(frozen=True, slots=True)
class Pilots:
    """The parts of pilots that the gateway is composed of."""

    assign: AssignArms
    """A stage."""
    state: PilotState
    """The pilots and the consents."""
    exposures: Exposures
    """A meter."""
    seen_facts: SeenFacts
    """A meter."""
    running: RunningRole
    """Background tasks, and the note in `/readyz`."""


def wire_pilots(table: RouteTable, bus: Bus, clock: Clock) -> Pilots:
    """Follow the pilots that cover routes of `table`. Nothing here waits for the broker: the
    gateway answers without it."""
    state = PilotState(table.coverable, PilotMetrics())
    pilots = bus.follow(PilotV1, into=state.follow_pilots, unreadable="deleted")
    consents = bus.follow(ConsentV1, into=state.follow_consents, unreadable="deleted")
    state.set_ages(pilots.age, consents.age)
    set_assigning_gauge(state.fresh)
    assign, publisher = AssignArms(state, clock), BufferedPublisher(bus, clock, lost=count_lost)
    # Its own queue: exposures do not wait for a topic that is not created yet.
    seen = BufferedPublisher(bus, clock, lost=count_lost)
    return Pilots(
        assign,
        state,
        Exposures(assign, publisher, clock),
        SeenFacts(seen, clock),
        RunningRole(
            tasks={
                "pilots": partial(_follow, pilots, clock),
                "consents": partial(_follow, consents, clock),
                "facts": publisher.run,
                "seen_facts": seen.run,
            },
            notes={"pilots": state.why_not},
        ),
    )


async def _follow(table: Table[Any], clock: Clock) -> None:
    """Follow for ever; a frozen consumer is restarted, since the gateway must not stop for it."""
    while True:
        try:
            await table.run()
        except FrozenConsumer as frozen:
            log.error("A table is read again: %s", frozen)
            await clock.sleep(1.0)
