"""The arms of a request: one for each pilot that covers its route and has the person's consent.

A route that no pilot covers costs one dictionary lookup.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from gateway.pilots.domain.arms import pseudonym_of
from gateway.pilots.domain.participants import find_participant
from gateway.pilots.domain.pilots import Pilot
from gateway.pilots.flows.follow_pilots import PilotState
from gateway.routes.domain.request_context import RequestContext
from socle.clock import Clock

_VARY: Final = (b"vary", b"authorization, cookie")


class Assignment(NamedTuple):
    """The arm of a caller in one pilot."""

    pilot: Pilot
    arm: str
    pseudonym: bytes
    """The caller's in that pilot."""
    consented_at: datetime
    """When the consent was given under which they have the arm: it identifies the consent."""


class AssignArms:
    """The stage that fills `context.arms`."""

    def __init__(self, state: PilotState, clock: Clock) -> None:
        self._state, self._clock = state, clock

    async def __call__(self, context: RequestContext) -> None:
        if context.route.pattern in self._state.pilots.covering:
            # Caches must not serve one person's arm to another.
            context.response_headers.append(_VARY)
            context.arms = self.arms_of(context)

    def arms_of(self, context: RequestContext) -> dict[str, str]:
        """Pilot → arm, as of now."""
        return {pilot.id: arm for pilot, arm, *_ in self.assignments(context)}

    async def still_holds(self, context: RequestContext) -> bool:
        """Whether the arms of an open stream are still current."""
        return self.arms_of(context) == context.arms

    def assignments(self, context: RequestContext) -> Iterator[Assignment]:
        """Each pilot that assigns the caller an arm on this route now; nothing while the tables are
        too old."""
        covering = self._state.pilots.covering.get(context.route.pattern)
        if covering is None or not self._state.fresh():
            return
        participant = find_participant(context)
        if participant is None:
            return
        now = self._clock.now()
        for pilot in covering:
            if pilot.salt is None:
                continue
            pseudonym = pseudonym_of(pilot.salt, participant)
            consented_at = self._state.consented_at(pilot.id, pseudonym)
            if consented_at is None:
                continue
            place = self._state.place(pilot.id, pseudonym)
            drawn = self._state.drawn_arm(pilot.id, pseudonym)
            arm = pilot.arm_of(participant, now, place, drawn)
            if arm is not None:
                yield Assignment(pilot, arm, pseudonym, consented_at)
