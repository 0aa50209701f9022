"""Exposures: published once a day for each pilot, consent and arm, when a response has ended.

An exposure names the consent under which the arm was assigned. This replica can receive a new
consent late: what it served under a former one is then not counted under the new one.
Memory is bounded by the number of consents, and cleared at midnight (UTC).
"""

from datetime import date, datetime
from http import HTTPStatus

from gateway.events import PilotExposedV1
from gateway.pilots.flows.assign_arms import AssignArms
from gateway.pilots.flows.buffered_publisher import BufferedPublisher
from gateway.routes.domain.request_context import RequestContext
from socle.clock import Clock


class Exposures:
    """Implements `Meter`. An exposure that cannot be queued is published with the next request."""

    def __init__(self, arms: AssignArms, publisher: BufferedPublisher, clock: Clock) -> None:
        self._arms, self._publisher, self._clock = arms, publisher, clock
        self._published: set[tuple[str, bytes, str, datetime]] = set()
        self._day = date.min

    def count(self, context: RequestContext, *, seconds: float) -> None:
        if not context.arms or not 0 < context.status < HTTPStatus.BAD_REQUEST:
            return
        now = self._clock.now()
        if now.date() != self._day:
            self._published.clear()
            self._day = now.date()
        for pilot, arm, pseudonym, consented_at in self._arms.assignments(context):
            # An arm that changed during the exchange is not the one that was served.
            if pilot.state != "running" or context.arms.get(pilot.id) != arm:
                continue
            exposure = (pilot.id, pseudonym, arm, consented_at)
            if exposure in self._published:
                continue
            event = PilotExposedV1(
                pilot_id=pilot.id,
                arm=arm,
                pseudonym=pseudonym.hex(),
                route=context.route.pattern,
                at=now,
                consented_at=consented_at,
            )
            if self._publisher.enqueue(event):
                self._published.add(exposure)
