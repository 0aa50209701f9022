"""What matching and delivering subscriptions require."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from esante.core.domain.permissions import Access, Author
from esante.core.domain.resource import Resource
from esante.subscriptions.domain.subscription import Channel, Content, Event, Matchable, Status

Outcome = Literal["delivered", "failed", "withheld", "handshake", "heartbeat"]


@dataclass(frozen=True, slots=True)
class ChangedVersion:
    """One version of a resource, as matching reads it."""

    text: bytes | None
    """Its JSON; None if there is no such version, or it is a deletion."""
    keys: tuple[frozenset[int], frozenset[int]] | None
    """The `tokens` and `refs` that are stored with the resource (`IndexEntries`); None if this is
    not its current version."""


@dataclass(frozen=True, slots=True)
class MatchedEvent:
    """A change, and the subscriptions that it meets."""

    event: Event
    """Its number is assigned when it is stored."""
    subscriptions: Mapping[str, int]
    """id → the revision that was matched; one at least."""


@dataclass(frozen=True, slots=True)
class Due:
    """A subscription that has something to send, leased to one replica."""

    id: str
    status: Status
    topic: str | None
    origin: str
    """Scheme, host and port of its endpoint."""
    channel: Channel
    author: Author
    ends: datetime | None
    activated: bool
    """Whether its endpoint has accepted the handshake, if one is needed."""
    events: int
    """Events since the subscription was created."""
    delivered: int
    """The number of the last event that needs no delivery any more."""
    failures: int
    """Failures in a row."""
    failing_since: datetime | None


@dataclass(frozen=True, slots=True)
class Limits:
    """How many subscriptions one replica delivers at once."""

    at_once: int
    of_origin: int
    """Of one origin of endpoints."""
    of_origin_and_account: int
    """Of one origin, of one author's account."""
    of_account: int
    """Of one author's account; of those whose last attempt failed, `failing_of_account`."""
    failing: int
    """Of those whose last attempt failed."""
    failing_of_account: int


@dataclass(frozen=True, slots=True)
class DeliveryState:
    """What is known of the deliveries of a subscription."""

    topic: str | None
    content: Content | None
    status: Status
    events: int
    delivered: int
    failures: int
    error: str | None
    """Of the last attempt; None if it succeeded."""


@dataclass(frozen=True, slots=True)
class StreamState:
    """A subscription whose events are read by its subscriber."""

    status: Status
    topic: str | None
    content: Content
    account: str
    """Its author's."""
    started: datetime
    """When it was created or turned on last; it has no events before."""
    events: int
    """The number of its last event."""


@dataclass(frozen=True, slots=True)
class HookRequest:
    """One request to an endpoint."""

    method: Literal["POST", "PUT"]
    url: str
    media: str | None
    """The media type of the body; None without body."""
    body: bytes
    headers: tuple[str, ...] = field(default=(), repr=False)
    timeout: int | None = None
    """Seconds; None: the server's limit."""


class SubscriptionQueue(Protocol):
    """Subscriptions and their events in the database. Every method raises Retry if it is
    unreachable."""

    async def get_revision(self) -> int:
        """The revision of the subscriptions that was stored last; 0 without any."""

    async def read_versions(
        self, versions: Sequence[tuple[str, str, int]]
    ) -> tuple[Sequence[ChangedVersion], int]:
        """Versions (type, id, version), and the revision of the subscriptions that was stored last
        at that instant.

        One version at least. Returns the first ones, one at least: as many as 4 MiB hold.
        """

    async def list_changed(self, since: int) -> Sequence[tuple[int, str, Matchable | None]]:
        """(revision, id, subscription) of those stored after a revision, in its order; a few
        hundred at most. None for one that is not matched any more."""

    async def add_events(self, found: Sequence[MatchedEvent], *, limit: int) -> tuple[int, int]:
        """Add events to the queues of the subscriptions that they meet, each once, all or none.

        `found`: one at least, in their order, no version twice. `limit`: events that wait for one
        subscriber; one more is counted, but not stored. Returns how many were added, and how many
        of the subscriptions have another revision by now.
        """

    async def acquire(
        self, replica: str, running: Collection[Due], limits: Limits
    ) -> Sequence[Due]:
        """Lease subscriptions that are due, within the limits. `running`: those that this replica
        delivers already."""

    async def wake_ended(self, now: datetime) -> None:
        """Make those due whose `end` has passed."""

    async def list_events(
        self, subscription_id: str, *, after: int, until: int | None, count: int
    ) -> Sequence[Event]:
        """Events of a subscription, in order."""

    async def record_delivery(
        self, due: Due, replica: str, *, delivered: int, sent: bool
    ) -> Literal["lost", "done", "more"]:
        """Record that the events up to that number need no delivery any more; renew the lease if
        there are more, and end it otherwise.

        `sent`: whether the subscriber has accepted something. Returns whether the lease was lost,
        and whether more events wait.
        """

    async def record_failure(
        self, due: Due, replica: str, *, error: str, pause: timedelta, now: datetime
    ) -> None:
        """Record a failure, and end the lease: the next attempt is after that pause."""

    async def release(self, replica: str, subscription_id: str | None = None) -> None:
        """End the lease of a subscription, or all of that replica."""

    async def find_state(self, subscription_id: str) -> DeliveryState | None:
        """The state of the deliveries; None without any."""

    async def list_streams(self, subscription_ids: Sequence[str]) -> Mapping[str, StreamState]:
        """The subscriptions of these that are event streams, by id."""

    async def tidy(self, older_than: timedelta) -> None:
        """Delete events that are older, all but the last ones of event streams, which may have no
        reader, and what remains of deleted subscriptions."""

    async def measure(self) -> Mapping[str, int]:
        """The number of subscriptions by status, and of events that wait (`waiting`)."""


class Subscriber(Protocol):
    """The endpoints of subscribers."""

    async def send(self, request: HookRequest) -> str | None:
        """Send a request; None if it was accepted, else why not, as a French sentence."""


class ReadVersion(Protocol):
    """The interaction `vread`."""

    async def __call__(
        self, resource_type: str, resource_id: str, version: int, *, by: Access
    ) -> Resource:
        """One version. Raises Refusal if it is absent, a deletion, or not permitted then or now."""


class CountOutcome(Protocol):
    """Metrics of deliveries."""

    def __call__(self, outcome: Outcome) -> None:
        """One more notification had that outcome."""
