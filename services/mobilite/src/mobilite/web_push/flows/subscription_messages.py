"""The messages of one subscription: sent while this replica has its lease, and paced.

The first one confirms the subscription: only who has a browser behind the endpoint gets one that
its push service accepts. A browser that has confirmed another subscription needs none.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from mobilite.web_push.domain.journey_facts import Fact
from mobilite.web_push.domain.message_pace import MessagePace
from mobilite.web_push.domain.push_subscription import PushSubscription
from mobilite.web_push.flows.notifier_dependencies import Dependencies

Outcome = Literal["delivered", "gone", "later"]
"""`gone`: the subscription has to be deleted. `later`: to be sent again."""


class SubscriptionMessages:
    """Sends the messages of a subscription."""

    def __init__(
        self, given: Dependencies, replica: str, subscription: PushSubscription, pace: MessagePace
    ) -> None:
        """`pace`: on the monotonic clock."""
        self._given, self._replica, self._pace = given, replica, pace
        self.subscription = subscription
        """With what was notified so far."""

    @property
    def paused(self) -> bool:
        """Whether the next message has to wait."""
        return self._given.clock.monotonic() < self._pace.not_before

    async def confirm(self, message: bytes, *, topic: str, seconds: int) -> Outcome:
        """Send the first message, unless the subscription is confirmed. Raises Retry."""
        if self.subscription.confirmed:
            return "delivered"
        outcome = await self._send(message, topic, seconds)
        if outcome == "delivered":
            self.subscription = replace(self.subscription, confirmed=True)
            await self._given.store.confirm(self.subscription.id, replica=self._replica)
        return outcome

    async def notify(
        self, message: bytes, notified: Mapping[str, Fact], *, topic: str, seconds: int
    ) -> Outcome:
        """Send a message, and record what the traveller knows then. Raises Retry."""
        outcome = await self._send(message, topic, seconds)
        if outcome == "delivered":
            self._pace.delivered(self._given.clock.monotonic())
            self.subscription = replace(self.subscription, notified=notified)
            await self._given.store.record(self.subscription.id, notified, replica=self._replica)
        return outcome

    async def _send(self, message: bytes, topic: str, seconds: int) -> Outcome:
        """`later` too if another replica has the lease, or the subscription is deleted."""
        given, subscription = self._given, self.subscription
        if not await given.store.renew(self._replica, [subscription.id]):
            return "later"
        delivery = await given.sender.send(
            subscription.target, message, topic=topic, seconds=max(0, seconds)
        )
        given.sent(delivery.outcome)
        match outcome := delivery.outcome:
            case "delivered" | "gone":
                return outcome
            case "refused" if not subscription.confirmed:
                return "gone"  # nothing was ever delivered there: it takes the place of a browser
        self._pace.refused(given.clock.monotonic(), delivery.after)
        return "later"
