"""Notify the subscribers of journeys, lines and stops.

Each subscription is one more listener of its subject, in the replica that has its lease. A replica
renews its leases while it runs, and acquires those of replicas that no longer do. A message is sent
first and recorded afterwards: it can be sent twice if the replica ends in between, and a browser
replaces the first by the second.
"""

import asyncio
import logging
import secrets
from typing import Final

from mobilite.web_push.domain.journey_facts import Fact, JourneyFacts
from mobilite.web_push.domain.push_subscription import Language, PushSubscription, Subject
from mobilite.web_push.domain.traffic_facts import notified_of
from mobilite.web_push.flows.follow_journey import follow_journey
from mobilite.web_push.flows.follow_traffic import follow_traffic
from mobilite.web_push.flows.notifier_dependencies import Dependencies
from socle.errors import Retry

log = logging.getLogger(__name__)

ROUND: Final = 5.0
"""Seconds between two rounds: leases are renewed and acquired, expired subscriptions deleted."""


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
        return self._given.journey_texts.facts(rendered.body, language)

    def notified_now(self, subject: Subject, language: Language) -> dict[str, Fact]:
        """What a traveller of a line or a stop knows who reads its pages now. Raises Refusal as
        `TrafficSubscriptions.facts`."""
        facts = self._given.traffic.facts(subject)
        headlines = self._given.traffic_texts.headlines(facts, language)
        return notified_of(facts, headlines, int(self._given.clock.now().timestamp()))

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
        """Notify until the subscription ends. Where this fails, the lease ends and is acquired
        again."""
        follow = follow_journey if subscription.subject.type == "journey" else follow_traffic
        try:
            if await follow(self._given, self.replica, subscription):
                await self._given.store.remove(subscription.id, subscription.subject)
        except Retry as retry:
            log.warning("A subscription is followed again later: %s", retry.message)
        except Exception as error:  # noqa: BLE001 - one subscription does not end the others
            # Its text can contain the endpoint or the journey.
            log.error("A subscription could not be followed: %s", type(error).__name__)
