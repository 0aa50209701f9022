"""What the flows of notifications need."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from mobilite.web_push.domain.journey_facts import Fact
from mobilite.web_push.domain.push_subscription import PushSubscription, Subject


class PushSubscriptions(Protocol):
    """The stored subscriptions. One replica at a time has the lease of each, and sends its
    messages.

    Every method raises Retry if the store cannot be reached.
    """

    async def add(
        self, subscription: PushSubscription, *, replica: str, now: datetime
    ) -> PushSubscription:
        """Store a subscription with a lease of `replica`, in place of that of the same browser to
        the same subject. Returns it as it is stored: confirmed if another one of the browser is,
        and for a line or a stop with what the former one in the same language has notified. Raises
        Refusal("too_many") beyond the limits of a browser, "unavailable" beyond those of the
        platform."""
        ...

    async def confirm(self, subscription_id: str, *, replica: str) -> None:
        """Store that the push service has accepted a message, if `replica` has the lease."""
        ...

    async def remove(self, subscription_id: str, subject: Subject) -> bool:
        """Delete a subscription; returns whether it existed."""
        ...

    async def acquire(self, replica: str) -> Sequence[PushSubscription]:
        """Some subscriptions whose lease is over, with a lease of `replica` from now on."""
        ...

    async def renew(self, replica: str, ids: Collection[str]) -> frozenset[str]:
        """Extend leases of `replica`; returns the ids of those that it still has."""
        ...

    async def record(
        self, subscription_id: str, notified: Mapping[str, Fact], *, replica: str
    ) -> None:
        """Store what was notified, if `replica` has the lease."""
        ...

    async def release(self, replica: str) -> None:
        """End all leases of `replica`, so that others can acquire them at once."""
        ...

    async def delete_expired(self, now: datetime) -> None:
        """Delete the subscriptions whose time is over, and those that are not confirmed in time."""
        ...
