"""Facts that services report to anybody: published once an hour, so that no pilot opens unaware of
one that no service sends."""

from datetime import datetime
from http import HTTPStatus

from gateway.events import FactSeenV1
from gateway.facts.domain import Fact
from gateway.pilots.flows.buffered_publisher import BufferedPublisher
from gateway.routes.domain.request_context import RequestContext
from socle.clock import Clock


class SeenFacts:
    """Implements `Meter`. A fact that cannot be queued is published with the next request."""

    def __init__(self, publisher: BufferedPublisher, clock: Clock) -> None:
        self._publisher, self._clock = publisher, clock
        self._published: dict[Fact, datetime] = {}

    def count(self, context: RequestContext, *, seconds: float) -> None:
        fact = context.fact
        if fact is None or not 0 < context.status < HTTPStatus.BAD_REQUEST:
            return
        hour = self._clock.now().replace(minute=0, second=0, microsecond=0)
        is_new = self._published.get(fact) != hour
        if is_new and self._publisher.enqueue(FactSeenV1(fact=fact, hour=hour)):
            self._published[fact] = hour
