"""Send a subscriber what is due, in the order of its events, each at least once.

An event is recorded as delivered after the endpoint has accepted it: if the process ends in
between, it is sent again. What the author of the subscription cannot read at that time is not sent.
https://hl7.org/fhir/R4/subscription.html#2.46.7.1
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from esante.access.domain.smart_scopes import cached_access
from esante.subscriptions.domain.back_off import FAILURES_TO_ERROR, GIVE_UP, back_off
from esante.subscriptions.domain.notification_bundle import (
    NotificationType,
    Notified,
    SubscriptionState,
    notification_bundle,
)
from esante.subscriptions.domain.subscription import Event
from esante.subscriptions.flows.change_status import change_status
from esante.subscriptions.flows.delivery_dependencies import Dependencies
from esante.subscriptions.ports import Due, HookRequest
from socle.errors import Refusal

_AT_ONCE: Final = 100
"""Notifications of one subscription before others have their place."""


@dataclass(slots=True)
class Delivery:
    """The deliveries of one subscription, while this replica has its lease."""

    due: Due
    replica: str
    dependencies: Dependencies

    async def run(self) -> None:
        """Send what is due until nothing waits, the subscriber fails, or others are due.

        Raises Retry if the database is unreachable.
        """
        due = self.due
        if due.ends is not None and due.ends <= self.dependencies.clock.now():
            await self._change_status("off")
        elif await self._handshake():
            for _ in range(_AT_ONCE):
                if not await self._deliver_next():
                    return  # which ended the lease
        await self.dependencies.queue.release(self.replica, due.id)

    async def _handshake(self) -> bool:
        """Whether the endpoint has accepted the handshake, or needs none."""
        due = self.due
        if due.topic is None or (due.status != "requested" and due.activated):
            return True
        if not await self._send(self._bundle("handshake")):
            return False
        self.dependencies.count("handshake")
        await self._change_status("active")
        self.due = replace(self.due, status="active", activated=True)
        return await self._record(self.due.delivered, sent=True)

    async def _deliver_next(self) -> bool:
        """Deliver the next events; whether there are more."""
        due, queue = self.due, self.dependencies.queue
        events = await queue.list_events(
            due.id, after=due.delivered, until=None, count=due.channel.max_count
        )
        if not events:
            return await self._deliver_none()
        readable = [each for each in [await self._read(one) for one in events] if each]
        for _ in range(len(events) - len(readable)):
            self.dependencies.count("withheld")
        if readable and not await self._send(self._request(readable)):
            return False
        for _ in readable:
            self.dependencies.count("delivered")
        return await self._record(events[-1].number, sent=bool(readable))

    async def _deliver_none(self) -> bool:
        """Record that no event waits, or send a heartbeat; whether there are more."""
        due = self.due
        if due.delivered < due.events:
            # Those that had no place in the queue are not sent.
            return await self._record(due.events, sent=False)
        if due.channel.heartbeat is None:
            return await self._record(due.delivered, sent=False)
        if not await self._send(self._bundle("heartbeat")):
            return False
        self.dependencies.count("heartbeat")
        return await self._record(due.delivered, sent=True)

    async def _read(self, event: Event) -> Notified | None:
        """The version of an event; None if the author cannot read it now."""
        access = cached_access(self.due.author)
        try:
            resource = await self.dependencies.read_version(
                event.type, event.id, event.version, by=access
            )
        except Refusal:
            return None
        return Notified(event, resource.text)

    async def _record(self, delivered: int, *, sent: bool) -> bool:
        """Record a delivery; whether more events wait and the lease is still this replica's."""
        due = self.due
        if sent and due.status != "active":
            await self._change_status("active")
            due = replace(due, status="active")
        recorded = await self.dependencies.queue.record_delivery(
            due, self.replica, delivered=delivered, sent=sent
        )
        failures = 0 if sent else due.failures
        self.due = replace(due, delivered=max(due.delivered, delivered), failures=failures)
        return recorded == "more"

    async def _send(self, request: HookRequest) -> bool:
        """Send a request; whether it was accepted. Otherwise the next attempt is recorded."""
        error = await self.dependencies.subscriber.send(request)
        if error is None:
            return True
        self.dependencies.count("failed")
        due, now = self.due, self.dependencies.clock.now()
        failures = due.failures + 1
        if due.failing_since is not None and now - due.failing_since > GIVE_UP:
            sentence = f"Arrêté après {GIVE_UP.days} jours d'échecs : {error}"
            await self._change_status("off", sentence)
        elif due.status == "requested" or failures == FAILURES_TO_ERROR:
            await self._change_status("error", error)
        pause = back_off(failures, self.dependencies.random())
        await self.dependencies.queue.record_failure(
            due, self.replica, error=error, pause=pause, now=now
        )
        return False

    async def _change_status(self, status: str, error: str | None = None) -> None:
        await change_status(
            self.due,
            status,  # type: ignore[arg-type]
            error,
            dependencies=self.dependencies,
        )

    def _request(self, notified: Sequence[Notified]) -> HookRequest:
        due = self.due
        if due.channel.content is not None:
            return self._bundle("event-notification", notified)
        (one,) = notified
        channel, event = due.channel, one.event
        if channel.payload is None:
            return HookRequest("POST", channel.endpoint, None, b"", channel.headers)
        url = _below(channel.endpoint, f"{event.type}/{event.id}")
        return HookRequest("PUT", url, channel.payload, one.text or b"", channel.headers)

    def _bundle(
        self, notification_type: NotificationType, notified: Sequence[Notified] = ()
    ) -> HookRequest:
        due, channel = self.due, self.due.channel
        status = "requested" if notification_type == "handshake" else "active"
        # Of the events that are sent, and those before: the subscriber detects what it misses.
        events = notified[-1].event.number if notified else due.events
        body = notification_bundle(
            SubscriptionState(due.id, due.topic, status, events),
            notification_type,
            notified,
            bundle_id=self.dependencies.new_id(),
            at=self.dependencies.clock.now(),
            base=self.dependencies.base,
            content=channel.content or "empty",
        )
        media = channel.payload or "application/fhir+json"
        return HookRequest("POST", channel.endpoint, media, body, channel.headers, channel.timeout)


def _below(endpoint: str, path: str) -> str:
    address, mark, query = endpoint.partition("?")
    return f"{address.rstrip('/')}/{path}{mark}{query}"
