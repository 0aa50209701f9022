"""Notify the subscribers of journeys.

Each subscription is one more listener of a followed journey, in the replica that has its lease. A
replica renews its leases while it runs, and acquires those of replicas that no longer do. A message
is sent first and recorded afterwards: it can be sent twice if the replica ends in between, and a
browser replaces the first by the second.
"""

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from mobilite.journeys.flows.followed.watch_journeys import JourneySubscriptions
from mobilite.web_push.domain.journey_facts import JourneyFacts, news
from mobilite.web_push.domain.message_pace import MessagePace
from mobilite.web_push.domain.push_subscription import Language, PushSubscription
from mobilite.web_push.ports import Delivery, PushSender, PushSubscriptions
from socle.clock import Clock
from socle.errors import Refusal, Retry

log = logging.getLogger(__name__)

ROUND: Final = 5.0
"""Seconds between two rounds: leases are renewed and acquired, expired subscriptions deleted."""


class Texts(Protocol):
    """What people read."""

    def facts(self, body: bytes, language: Language) -> JourneyFacts:
        """The facts of a rendered journey."""
        ...

    def message(
        self, journey_id: str, facts: JourneyFacts, names: Sequence[str], language: Language
    ) -> bytes:
        """A message about the facts of those names."""
        ...

    def lost(self, journey_id: str, language: Language) -> bytes:
        """A message about a journey that is no longer in the timetables."""
        ...


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What a notifier needs."""

    journeys: JourneySubscriptions
    store: PushSubscriptions
    sender: PushSender
    texts: Texts
    clock: Clock
    least_delay: int
    """Seconds from which another delay is news."""
    sent: Callable[[str], None] = lambda outcome: None
    """Called with the outcome of each message."""
    ready: Callable[[], bool] = lambda: True
    """Whether the tables that journeys are rebuilt from have been read: before that a journey that
    is known seems lost."""


class PushNotifier:
    """Sends the messages of the subscriptions whose leases this replica has."""

    def __init__(self, given: Dependencies, *, interval: float = ROUND) -> None:
        """`interval`: seconds between two rounds."""
        self._given, self._interval = given, interval
        self.replica: Final = secrets.token_urlsafe(12)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        """The followed subscriptions, by id."""

    async def facts_of(self, journey_id: str, language: Language) -> JourneyFacts:
        """The facts of a journey now. Raises Refusal as `JourneySubscriptions.open`."""
        journey = await self._given.journeys.open(journey_id, (language,))
        rendered = journey.newer_than(None)
        assert rendered is not None
        return self._given.texts.facts(rendered.body, language)

    def start(self, subscription: PushSubscription) -> None:
        """Follow a subscription whose lease this replica has."""
        task = asyncio.create_task(self._follow(subscription), name="web push")
        self._tasks[subscription.id] = task
        task.add_done_callback(lambda done: self._forget(subscription.id, done))

    def stop(self, subscription_id: str) -> None:
        """Follow a subscription no longer, if this replica does."""
        task = self._tasks.get(subscription_id)
        if task is not None:
            task.cancel()

    async def run(self) -> None:
        """Follow subscriptions until cancelled; others can at once then."""
        try:
            while True:
                try:
                    await self._round()
                except Retry as retry:
                    log.warning("Subscriptions cannot be read: %s", retry.message)
                await asyncio.sleep(self._interval)
        finally:
            tasks = list(self._tasks.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            try:
                await self._given.store.release(self.replica)
            except Retry as retry:
                log.warning("Leases end by themselves: %s", retry.message)

    async def _round(self) -> None:
        store, followed = self._given.store, frozenset(self._tasks)
        await store.delete_expired(self._given.clock.now())
        for lost in followed - await store.renew(self.replica, followed):
            self.stop(lost)
        if not self._given.ready():
            return
        for subscription in await store.acquire(self.replica):
            if subscription.id not in self._tasks:
                self.start(subscription)

    def _forget(self, subscription_id: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(subscription_id) is task:
            del self._tasks[subscription_id]

    async def _follow(self, subscription: PushSubscription) -> None:
        """Notify of the changes of a journey until it is over. Where this fails, the lease ends and
        is acquired again."""
        try:
            await self._follow_journey(subscription)
        except Retry as retry:
            log.warning("A subscription is followed again later: %s", retry.message)
        except Exception as error:  # noqa: BLE001 - one subscription does not end the others
            # Its text can contain the endpoint or the journey.
            log.error("A subscription could not be followed: %s", type(error).__name__)

    async def _follow_journey(self, subscription: PushSubscription) -> None:
        journeys = self._given.journeys
        try:
            journey = await journeys.open(subscription.journey_id, (subscription.language,))
        except Refusal as refusal:
            if refusal.category != "unavailable":
                await self._give_up(subscription, refusal)
            return
        follower = _Follower(self._given, self.replica, subscription)
        with journeys.listen(journey, None, plans=False) as listener:
            async for rendered in listener:
                body = None if rendered is None else rendered.body
                if await follower.update(body):
                    await self._remove(subscription)
                    return

    async def _give_up(self, subscription: PushSubscription, refusal: Refusal) -> None:
        """End a subscription to a journey that can no longer be found."""
        if refusal.category == "not_found":
            text = self._given.texts.lost(subscription.journey_id, subscription.language)
            follower = _Follower(self._given, self.replica, subscription)
            sent = await follower.send(text, subscription.until)
            if sent is None or sent.outcome == "later":
                return  # once the lease has ended, it is tried again
        await self._remove(subscription)

    async def _remove(self, subscription: PushSubscription) -> None:
        await self._given.store.remove(subscription.id, journey_id=subscription.journey_id)


class _Follower:
    """One subscription, with what is known of its journey."""

    def __init__(self, given: Dependencies, replica: str, subscription: PushSubscription) -> None:
        self._given, self._replica, self._subscription = given, replica, subscription
        self._journey: JourneyFacts | None = None
        self._pace = MessagePace()
        """On the monotonic clock."""

    async def update(self, body: bytes | None) -> bool:
        """Notify of what is news; returns whether the subscription has ended. `body`: the rendered
        journey; None if it is the same as before."""
        given, subscription = self._given, self._subscription
        if body is not None:
            self._journey = given.texts.facts(body, subscription.language)
        journey = self._journey
        if journey is None:
            return False
        if journey.is_over(given.clock.now()):
            return True
        names = news(subscription.notified, journey.facts, least_delay=given.least_delay)
        if not names or given.clock.monotonic() < self._pace.not_before:
            return False
        message = given.texts.message(
            subscription.journey_id, journey, names, subscription.language
        )
        sent = await self.send(message, journey.arrival)
        if sent is None or sent.outcome == "gone":
            return sent is not None
        if sent.outcome == "later":
            self._pace.refused(given.clock.monotonic(), sent.after)
            return False
        self._pace.delivered(given.clock.monotonic())
        self._subscription = replace(subscription, notified=journey.facts)
        await given.store.record(subscription.id, journey.facts, replica=self._replica)
        return False

    async def send(self, message: bytes, until: datetime) -> Delivery | None:
        """Send a message that is worth reading `until` then; None if another replica has the lease,
        or the subscription is deleted."""
        subscription, given = self._subscription, self._given
        if not await given.store.renew(self._replica, [subscription.id]):
            return None
        left = (until - given.clock.now()).total_seconds()
        delivery = await given.sender.send(
            subscription.target, message, topic=_topic(subscription.id), seconds=max(0, int(left))
        )
        given.sent(delivery.outcome)
        return delivery


def _topic(subscription_id: str) -> str:
    """The topic of its messages: 32 characters of base64url at most (RFC 8030 §5.4)."""
    return hashlib.sha256(subscription_id.encode()).hexdigest()[:32]
