"""Whom a pilot reached: told once a day for each pilot, person and arm, when an answer has ended.

What is remembered is bounded by those who consented, and forgotten at midnight (UTC).
"""

from datetime import date
from http import HTTPStatus

from gateway.events import PilotExposedV1
from gateway.pilots.flows.assign_arms import AssignArms
from gateway.pilots.flows.buffered_publisher import BufferedPublisher
from gateway.routes.domain.request_context import RequestContext
from socle.clock import Clock


class Exposures:
    """Implements `Meter`. What cannot be told now is told at the next use."""

    def __init__(self, assign: AssignArms, later: BufferedPublisher, clock: Clock) -> None:
        self._assign, self._later, self._clock = assign, later, clock
        self._told: set[tuple[str, bytes, str]] = set()
        self._day = date.min

    def count(self, context: RequestContext, *, seconds: float) -> None:
        if not context.arms or not 0 < context.status < HTTPStatus.BAD_REQUEST:
            return
        now = self._clock.now()
        if now.date() != self._day:
            self._told.clear()
            self._day = now.date()
        for pilot, arm, pseudonym in self._assign.given(context):
            # What changed while the answer was made is not what the person was served.
            if pilot.state != "running" or context.arms.get(pilot.id) != arm:
                continue
            exposure = (pilot.id, pseudonym, arm)
            if exposure in self._told:
                continue
            event = PilotExposedV1(
                pilot_id=pilot.id,
                arm=arm,
                pseudonym=pseudonym.hex(),
                route=context.route.pattern,
                at=now,
            )
            if self._later.tell(event):
                self._told.add(exposure)
