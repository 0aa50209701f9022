"""Notify one browser of the changes of its journey, as one more listener of it."""

import hashlib

from mobilite.web_push.domain.journey_facts import JourneyFacts, news
from mobilite.web_push.domain.message_pace import MessagePace
from mobilite.web_push.domain.push_subscription import PushSubscription
from mobilite.web_push.flows.notifier_dependencies import Dependencies
from mobilite.web_push.flows.subscription_messages import SubscriptionMessages
from socle.errors import Refusal


async def follow_journey(given: Dependencies, replica: str, subscription: PushSubscription) -> bool:
    """Notify of the changes of a journey until it is over; returns whether the subscription has to
    be deleted. Raises Retry if it cannot be stored."""
    follower = _Follower(given, replica, subscription)
    try:
        journey = await given.journeys.open(subscription.subject.id, (subscription.language,))
    except Refusal as refusal:
        if refusal.category == "not_found":
            return await follower.notify_lost()
        return refusal.category != "unavailable"
    with given.journeys.listen(journey, None, plans=False) as listener:
        async for rendered in listener:
            if await follower.update(None if rendered is None else rendered.body):
                return True
    return False


class _Follower:
    """One subscription, with what is known of its journey."""

    def __init__(self, given: Dependencies, replica: str, subscription: PushSubscription) -> None:
        self._given = given
        self._messages = SubscriptionMessages(given, replica, subscription, MessagePace())
        self._journey_id, self._language = subscription.subject.id, subscription.language
        self._until, self._topic = subscription.until, topic_of(subscription.id)
        self._journey: JourneyFacts | None = None

    async def update(self, body: bytes | None) -> bool:
        """Notify of what is news; returns whether the subscription has ended. `body`: the rendered
        journey; None if it is the same as before."""
        texts, clock = self._given.journey_texts, self._given.clock
        if body is not None:
            self._journey = texts.facts(body, self._language)
        journey, messages = self._journey, self._messages
        if journey is None:
            return False
        if journey.is_over(clock.now()):
            return True
        if messages.paused:
            return False
        seconds = int((journey.arrival - clock.now()).total_seconds())
        first = texts.confirmation(self._journey_id, journey, self._language)
        outcome = await messages.confirm(first, topic=self._topic, seconds=seconds)
        if outcome != "delivered":
            return outcome == "gone"
        known = messages.subscription.notified
        names = news(known, journey.facts, least_delay=self._given.least_delay)
        if not names:
            return False
        message = texts.message(self._journey_id, journey, names, self._language)
        sent = await messages.notify(message, journey.facts, topic=self._topic, seconds=seconds)
        return sent == "gone"

    async def notify_lost(self) -> bool:
        """Notify of a journey that is no longer in the timetables; False: it is tried again once
        the lease has ended."""
        text = self._given.journey_texts.lost(self._journey_id, self._language)
        left = int((self._until - self._given.clock.now()).total_seconds())
        return await self._messages.notify(text, {}, topic=self._topic, seconds=left) != "later"


def topic_of(*parts: str) -> str:
    """The topic of messages that replace each other: 32 characters of base64url at most (RFC 8030
    §5.4)."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
