"""The events of a subscription as a stream of server-sent events: Subscription/[id]/$event-stream.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import Route
from esante.core.api.operation_parameters import read_parameters
from esante.core.api.responses import FhirResponse
from esante.core.flows.worker_pool import WorkerPool
from esante.subscriptions.domain.backport import EVENT_STREAM
from esante.subscriptions.domain.server_sent_events import render_retry
from esante.subscriptions.domain.subscription import SUBSCRIPTION
from esante.subscriptions.flows.event_streams import EventStream, EventStreams
from esante.subscriptions.flows.follow_events import FollowDependencies, follow_events
from esante.subscriptions.ports import StreamState
from socle.errors import Refusal, Retry
from socle.http import Message, Receive, Send
from socle.service import Draining

_RETRY_MILLISECONDS: Final = range(2000, 5000)
"""Chosen at random, so that clients do not all come back at once when a process stops."""
_SINCE: Final = "eventsSinceNumber"
_HEADERS: Final = (
    (b"content-type", EVENT_STREAM.encode()),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class EventStreamResponse(FhirResponse):
    """A response that lasts until the client leaves, the subscription ends or the process stops.
    The server closes connections that are not read (`socle.service`)."""

    stream: EventStream = field(kw_only=True)
    events: AsyncIterator[bytes] = field(kw_only=True)
    receive: Receive = field(kw_only=True)
    draining: Draining = field(kw_only=True)

    async def send(self, send: Send) -> None:
        with self.stream, self.draining.at_end(self.stream.end):
            leaving = asyncio.create_task(_until_gone(self.receive, self.stream))
            try:
                start = {"type": "http.response.start", "status": 200, "headers": list(_HEADERS)}
                await send(start)
                await send(_part(render_retry(random.choice(_RETRY_MILLISECONDS))))  # noqa: S311
                async for each in self.events:
                    await send(_part(each))
            except Retry as retry:
                log.warning("An event stream ends: %s", retry.message)
            finally:
                leaving.cancel()
            await send({"type": "http.response.body", "body": b""})


@dataclass(frozen=True, slots=True)
class EventStreamOperation:
    """Opens event streams."""

    dependencies: FollowDependencies
    streams: EventStreams
    workers: WorkerPool

    def routes(self) -> tuple[Route, ...]:
        """The route of the streams."""
        path = "{type}/{id}/$event-stream"
        return (Route("GET", path, "event-stream", "instance", self._open, types=(SUBSCRIPTION,)),)

    async def _open(self, request: FhirRequest) -> FhirResponse:
        if request.draining is None:
            sentence = "Un flux d'événements ne s'ouvre pas dans un Bundle : ouvrez-le à part."
            raise Refusal("invalid", sentence, issue="not-supported")
        parameters = await read_parameters(request, self.workers, names=(_SINCE,))
        first, last = parameters.find_number(_SINCE), _last_event_id(request)
        await self.dependencies.read(SUBSCRIPTION, request.id, by=request.access)
        state = await self._state(request)
        # A number that it has not reached is of a subscription of that id which was deleted.
        after = state.events if first is None else min(max(first - 1, 0), state.events)
        if last is not None:
            after = last if last <= state.events else 0
        self.streams.require_place(state.account)
        stream = EventStream(request.id, state, self.streams)
        return EventStreamResponse(
            200,
            stream=stream,
            events=follow_events(stream, after, by=request.access, dependencies=self.dependencies),
            receive=request.receive,
            draining=request.draining,
        )

    async def _state(self, request: FhirRequest) -> StreamState:
        """The state of the subscription. Raises Refusal if the caller cannot open its stream."""
        found = await self.dependencies.queue.list_streams([request.id])
        state, author = found.get(request.id), request.access.author
        if state is None:
            raise _unopenable("Cet abonnement n'a pas de flux d'événements : voyez son canal.")
        if author is None or author.account != state.account:
            raise Refusal("forbidden", "Seul l'auteur d'un abonnement en ouvre le flux.")
        if state.status == "off":
            raise _unopenable("Cet abonnement est arrêté (off) : récrivez-le pour le reprendre.")
        return state


def _unopenable(sentence: str) -> Refusal:
    return Refusal("invalid", sentence, rule="unprocessable", issue="business-rule")


def _last_event_id(request: FhirRequest) -> int | None:
    """The number of the last event that the client has. Raises Refusal if it is none."""
    header = request.headers.get(b"last-event-id", b"").strip()
    if not header:
        return None
    if not header.isdigit() or len(header) > 18:
        raise Refusal("invalid", "Last-Event-ID est le numéro d'un événement de ce flux.")
    return int(header)


async def _until_gone(receive: Receive, stream: EventStream) -> None:
    """End the stream once the client has disconnected."""
    while (await receive())["type"] != "http.disconnect":
        continue
    stream.end()


def _part(body: bytes) -> Message:
    """The ASGI message of a part of the response."""
    return {"type": "http.response.body", "body": body, "more_body": True}
