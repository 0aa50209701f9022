"""A subscription: what it selects, where its notifications go, what they contain.

https://hl7.org/fhir/R4/subscription.html
https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from esante.core.domain.permissions import Author
from socle.errors import Refusal

SUBSCRIPTION: Final = "Subscription"
Status = Literal["requested", "active", "error", "off"]
Content = Literal["empty", "id-only", "full-resource"]


@dataclass(frozen=True, slots=True)
class Channel:
    """Subscription.channel: a rest-hook, or an event stream."""

    endpoint: str
    """Empty: an event stream, which the subscriber opens."""
    headers: tuple[str, ...] = field(default=(), repr=False)
    """`Name: value`. They can contain secrets."""
    payload: str | None = None
    """The media type of the resource that is sent; None: a notification has no body."""
    content: Content | None = None
    """What notification Bundles contain, of a subscription to a topic or an event stream; None for
    any other."""
    heartbeat: int | None = None
    """Seconds without a notification after which a Bundle without events is sent."""
    timeout: int | None = None
    """Seconds for one notification, less than the server's."""
    max_count: int = 1
    """Greatest number of events in one Bundle."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a Subscription resource requests, checked."""

    criteria: str
    """A search of one type (`Observation?code=1-8`); resources that it finds are notified."""
    topic: str | None
    """The canonical of the topic; None for a subscription by criteria (R4)."""
    channel: Channel
    ends: datetime
    unindexed: bool = False
    """Whether its criteria are tried for every change of their type: they have no equality."""
    of_record: bool = False
    """Whether its author is restricted to a patient's record."""

    @property
    def needs_handshake(self) -> bool:
        """Whether its endpoint has to accept a handshake before it is active."""
        return self.topic is not None and bool(self.channel.endpoint)


@dataclass(frozen=True, slots=True)
class Registration:
    """What is stored with a version of a Subscription that its author wrote."""

    status: Status
    subscription: Subscription | None
    """None if it is off."""
    author: Author
    """Whose permissions bound what is notified."""
    endpoint: str
    """Empty without one: an event stream, or a subscription that is off."""
    headers: tuple[str, ...] = field(repr=False)
    """Subscription.channel.header; redacted lines have the value stored for the endpoint."""
    is_same: bool = False
    """Whether what is notified, where to and until when are those of the version before."""


@dataclass(frozen=True, slots=True)
class Transition:
    """What is stored with a version of a Subscription that this server wrote."""

    status: Status
    error: str | None
    """Subscription.error."""


@dataclass(frozen=True, slots=True)
class Matchable:
    """A stored subscription, as matching needs it."""

    id: str
    revision: int
    """Of what was stored last, in the order of commits."""
    criteria: str
    author: Author


@dataclass(frozen=True, slots=True)
class Event:
    """A change that a subscription is notified of."""

    number: int
    """1 for the first one since the subscription was created."""
    type: str
    id: str
    version: int
    interaction: str
    at: datetime
    """`meta.lastUpdated` of that version."""


def unprocessable(sentence: str, element: str, *, issue: str = "business-rule") -> Refusal:
    """The refusal of a Subscription that cannot be served, for that element."""
    return Refusal(
        "invalid",
        sentence,
        rule="unprocessable",
        issue=issue,
        expression=[f"{SUBSCRIPTION}.{element}"],
    )


def lasting_author(registration: Registration, stored: Author, *, was_off: bool) -> Author:
    """The author of a stored subscription after another version was written: their permissions
    bound what is notified.

    `stored`: its author until then. Someone else can tag it or turn it off, and does not become its
    author by that. Raises Refusal, rule `unprocessable`, if they change it or turn it on.
    """
    if registration.author.account == stored.account:
        return registration.author
    if not registration.is_same or (was_off and registration.subscription is not None):
        raise Refusal(
            "invalid",
            "Seul l'auteur d'un abonnement en change les critères, le canal ou la fin, ou le remet"
            " en marche : créez le vôtre.",
            rule="unprocessable",
            issue="business-rule",
            expression=[SUBSCRIPTION],
        )
    return stored
