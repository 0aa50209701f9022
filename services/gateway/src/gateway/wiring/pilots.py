"""Pilots at the door: the tables it follows, the stage that gives arms, the exposures it tells."""

import logging
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway.events import ConsentV1, PilotV1
from gateway.pilots.adapters.pilot_metrics import PilotMetrics, count_lost, show_given
from gateway.pilots.flows.assign_arms import AssignArms
from gateway.pilots.flows.buffered_publisher import BufferedPublisher
from gateway.pilots.flows.exposures import Exposures
from gateway.pilots.flows.follow_pilots import PilotState
from gateway.routes.domain.routes import RouteTable
from socle.bus import Bus, FrozenConsumer, Table
from socle.clock import Clock
from socle.service import RunningRole

log = logging.getLogger("gateway.pilots")


@dataclass(frozen=True, slots=True)
class Pilots:
    """What the door is given of them: a stage, a meter, who agrees, and what runs beside."""

    assign: AssignArms
    state: PilotState
    exposures: Exposures
    running: RunningRole


def wire_pilots(table: RouteTable, bus: Bus, clock: Clock) -> Pilots:
    """The door opens and answers without them: nothing here waits for the broker."""
    state = PilotState(table.coverable, PilotMetrics())
    pilots = bus.follow(PilotV1, into=state.follow_pilots, unreadable="deleted")
    consents = bus.follow(ConsentV1, into=state.follow_consents, unreadable="deleted")
    state.begin(pilots.age, consents.age)
    show_given(state.fresh)
    assign, later = AssignArms(state, clock), BufferedPublisher(bus, clock, lost=count_lost)
    return Pilots(
        assign,
        state,
        Exposures(assign, later, clock),
        RunningRole(
            tasks={
                "pilots": partial(_follow, pilots, clock),
                "consents": partial(_follow, consents, clock),
                "facts": later.run,
            },
            notes={"pilots": state.why_not},
        ),
    )


async def _follow(table: Table[Any], clock: Clock) -> None:
    """Follow for ever: a reader that froze is made anew, since the door must not close for it."""
    while True:
        try:
            await table.run()
        except FrozenConsumer as frozen:
            log.error("A table is read anew: %s", frozen)
            await clock.sleep(1.0)
