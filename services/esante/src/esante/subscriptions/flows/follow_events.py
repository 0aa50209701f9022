"""What is sent in an event stream: the events of a subscription, from a number on, as they come.

Each is authorised as a read of its version by the client that opened the stream, when it is sent.
"""

import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from esante.core.domain.outcome import Issue, operation_outcome
from esante.core.domain.permissions import Access
from esante.core.ports import ReadResource
from esante.subscriptions.domain.notification_bundle import (
    NotificationType,
    Notified,
    SubscriptionState,
    notification_bundle,
)
from esante.subscriptions.domain.server_sent_events import COMMENT, render_event
from esante.subscriptions.domain.subscription import SUBSCRIPTION, Event
from esante.subscriptions.flows.event_streams import EventStream
from esante.subscriptions.ports import ReadVersion, SubscriptionQueue
from socle.auth import LIFE_SECONDS
from socle.clock import Clock
from socle.errors import Refusal

LIFE: Final = float(LIFE_SECONDS)
"""Seconds of one stream: as long as the signed token that it was opened with. The client comes back
with its `Last-Event-ID`, and is identified again."""
MAX_TEXT: Final = 64 * 1024
"""Bytes of a resource; a longer one is named alone, so that readers that stop cost little."""
_HEARTBEAT: Final = 15.0
"""Seconds without an event after which a comment is sent."""
_AT_ONCE: Final = 50
"""Events that are read at once."""


@dataclass(frozen=True, slots=True)
class FollowDependencies:
    """The dependencies of event streams."""

    queue: SubscriptionQueue
    read: ReadResource
    read_version: ReadVersion
    clock: Clock
    base: str
    """The FHIR base."""


async def follow_events(
    stream: EventStream, after: int, *, by: Access, dependencies: FollowDependencies
) -> AsyncIterator[bytes]:
    """Server-sent events: a handshake, each event after that number, and the reason if the
    subscription ends. It ends after `LIFE`, without a reason.

    `by`: the permissions of the client. Raises Retry if the database is unreachable.
    """
    clock = dependencies.clock
    closes_at = clock.monotonic() + LIFE
    yield _notification(stream, "handshake", after, stream.state.events, (), dependencies)
    while not stream.ended and clock.monotonic() < closes_at:
        if stream.state.events > after:
            events = await _next_events(stream, after, by, dependencies)
            for event in events:
                if stream.ended or clock.monotonic() >= closes_at:
                    return
                notified = await _read(event, by, dependencies)
                if notified is not None:
                    yield _notification(
                        stream,
                        "event-notification",
                        event.number,
                        event.number,
                        (notified,),
                        dependencies,
                    )
            # Those that are stored no more are not sent.
            after = events[-1].number if events else max(after, stream.state.events)
        elif stream.reason is not None:
            yield _last_event(stream.reason)
            return
        elif not await stream.wait(min(_HEARTBEAT, closes_at - clock.monotonic())):
            yield COMMENT


async def _next_events(
    stream: EventStream, after: int, by: Access, dependencies: FollowDependencies
) -> Sequence[Event]:
    """The next events; none once the client cannot read the subscription any more."""
    try:
        await dependencies.read(SUBSCRIPTION, stream.id, by=by)
    except Refusal:
        stream.close("Cet abonnement ne vous est plus lisible.")
        return ()
    return await dependencies.queue.list_events(stream.id, after=after, until=None, count=_AT_ONCE)


async def _read(event: Event, by: Access, dependencies: FollowDependencies) -> Notified | None:
    """The version of an event; None if the client cannot read it now."""
    try:
        resource = await dependencies.read_version(event.type, event.id, event.version, by=by)
    except Refusal:
        return None
    return Notified(event, resource.text if len(resource.text) <= MAX_TEXT else None)


def _notification(
    stream: EventStream,
    notification_type: NotificationType,
    number: int,
    events: int,
    notified: Sequence[Notified],
    dependencies: FollowDependencies,
) -> bytes:
    """A notification Bundle. `number`: after which the client goes on when it comes back."""
    state = stream.state
    bundle = notification_bundle(
        SubscriptionState(stream.id, state.topic, "active", events),
        notification_type,
        notified,
        bundle_id=str(uuid.uuid4()),
        at=dependencies.clock.now(),
        base=dependencies.base,
        content=state.content,
    )
    name = None if notified else notification_type
    return render_event(bundle, number=number, name=name)


def _last_event(reason: str) -> bytes:
    outcome = operation_outcome([Issue("information", "informational", reason)])
    return render_event(orjson.dumps(outcome), name="end")
