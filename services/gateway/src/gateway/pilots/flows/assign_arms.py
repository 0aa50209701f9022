"""Which arms of which pilots a request is served on: only where the person's consent still_holds.

A route that no pilot covers costs one look in a dictionary.
"""

from collections.abc import Iterator
from typing import Final

from gateway.pilots.domain.arms import pseudonym_of
from gateway.pilots.domain.participants import subject_of
from gateway.pilots.domain.pilots import Pilot
from gateway.pilots.flows.follow_pilots import PilotState
from gateway.routes.domain.request_context import RequestContext
from socle.clock import Clock

_VARY: Final = (b"vary", b"authorization, cookie")


class AssignArms:
    """The stage that fills `context.arms`."""

    def __init__(self, state: PilotState, clock: Clock) -> None:
        self._state, self._clock = state, clock

    async def __call__(self, context: RequestContext) -> None:
        if context.route.pattern in self._state.pilots.covering:
            # Whatever keeps answers must not give one person's arm to another.
            context.response_headers.append(_VARY)
            context.arms = self.arms_of(context)

    def arms_of(self, context: RequestContext) -> dict[str, str]:
        """Pilot → arm, as it is now."""
        return {pilot.id: arm for pilot, arm, _ in self.given(context)}

    async def still_holds(self, context: RequestContext) -> bool:
        """Whether the arms it was given are still those of its caller."""
        return self.arms_of(context) == context.arms

    def given(self, context: RequestContext) -> Iterator[tuple[Pilot, str, bytes]]:
        """Each pilot that serves the caller on that route, the arm, the caller's pseudonym."""
        covering = self._state.pilots.covering.get(context.route.pattern)
        if covering is None or not self._state.fresh():
            return
        subject = subject_of(context)
        if subject is None:
            return
        now = self._clock.now()
        for pilot in covering:
            if pilot.salt is None:
                continue
            pseudonym = pseudonym_of(pilot.salt, subject)
            if not self._state.consents(pilot.id, pseudonym):
                continue
            arm = pilot.arm_of(subject, now)
            if arm is not None:
                yield pilot, arm, pseudonym
