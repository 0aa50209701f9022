"""Notify one browser of the traffic of a line or a stop, at the days and hours that it chose.

At any hour: the message that confirms the subscription, and that of a line or a stop that is lost.
"""

from collections.abc import Mapping
from typing import Final

from mobilite.gtfs.domain.ids import GlobalId
from mobilite.web_push.domain.message_pace import MessagePace
from mobilite.web_push.domain.notification_times import NotificationTimes
from mobilite.web_push.domain.push_subscription import PushSubscription
from mobilite.web_push.domain.traffic_facts import (
    TrafficFacts,
    TrafficNews,
    notified_of,
    traffic_news,
)
from mobilite.web_push.flows.follow_journey import topic_of
from mobilite.web_push.flows.notifier_dependencies import Dependencies
from mobilite.web_push.flows.subscription_messages import SubscriptionMessages
from socle.errors import Refusal

_AT_ONCE: Final = 2
_INTERVAL: Final = 900.0
_LONGEST: Final = 12 * 3600
"""Seconds that a push service stores a message at most."""
_CONFIRMATION: Final = 600
"""Seconds that a push service stores the confirming message at most."""


async def follow_traffic(given: Dependencies, replica: str, subscription: PushSubscription) -> bool:
    """Notify of the traffic of a line or a stop; returns whether the subscription has to be
    deleted. Raises Retry if it cannot be stored."""
    follower = _Follower(given, replica, subscription)
    try:
        traffic = given.traffic.open(subscription.subject)
    except Refusal as refusal:
        if refusal.category == "not_found":
            return await follower.notify_lost()
        return refusal.category != "unavailable"
    with given.traffic.listen(traffic) as listener:
        async for _ in listener:
            if traffic.facts is not None and await follower.update(traffic.facts):
                return True
    return False


class _Follower:
    """One subscription to a line or a stop."""

    def __init__(self, given: Dependencies, replica: str, subscription: PushSubscription) -> None:
        pace = MessagePace(at_once=_AT_ONCE, interval=_INTERVAL)
        self._given = given
        self._messages = SubscriptionMessages(given, replica, subscription, pace)
        self._id, self._subject = subscription.id, subscription.subject
        self._language = subscription.language
        self._times = subscription.times or NotificationTimes()

    async def update(self, facts: TrafficFacts) -> bool:
        """Notify of what is news, if this is the time for it; returns whether the subscription has
        ended."""
        if self._messages.paused:
            return False
        first = self._given.traffic_texts.confirmation(self._subject, facts, self._language)
        outcome = await self._messages.confirm(
            first, topic=topic_of(self._id), seconds=_CONFIRMATION
        )
        if outcome != "delivered":
            return outcome == "gone"
        now = self._given.clock.now()
        ends = self._times.end_at(now.astimezone(facts.zone))
        if ends is None:
            return False
        headlines = self._given.traffic_texts.headlines(facts, self._language)
        instant = int(now.timestamp())
        known = self._messages.subscription.notified
        found = traffic_news(known, facts, headlines, instant)
        if not found.due:
            return False
        seconds = min(_LONGEST, int(ends.timestamp()) - instant)
        return await self._notify(facts, found, headlines, instant, seconds)

    async def _notify(
        self,
        facts: TrafficFacts,
        found: TrafficNews,
        headlines: Mapping[GlobalId, str],
        now: int,
        seconds: int,
    ) -> bool:
        # A message replaces only itself: each has news of its own.
        tag = topic_of(self._id, repr(found))
        message = self._given.traffic_texts.message(
            self._subject, facts, found, headlines, self._language, tag=tag
        )
        notified = notified_of(facts, headlines, now)
        return await self._messages.notify(message, notified, topic=tag, seconds=seconds) == "gone"

    async def notify_lost(self) -> bool:
        """Notify of a line or a stop that is no longer in the timetables; False: it is tried again
        once the lease has ended."""
        text = self._given.traffic_texts.lost(self._subject, self._language)
        sent = await self._messages.notify(text, {}, topic=topic_of(self._id), seconds=_LONGEST)
        return sent != "later"
