"""A browser that is to be notified of the changes of a journey.

Who has the endpoint can identify the browser, and the id of the journey has its ends: neither is in
the `repr`, so that no log can contain them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from mobilite.web_push.domain.journey_facts import Fact

Language = Literal["fr", "en"]


@dataclass(frozen=True, slots=True)
class PushTarget:
    """Where a browser receives messages (W3C Push API, PushSubscription.toJSON)."""

    endpoint: str = field(repr=False)
    """An address of its push service."""
    p256dh: str = field(repr=False)
    """Its public key, an uncompressed point of P-256, base64url."""
    auth: str = field(repr=False)
    """The secret that it shares with the sender, 16 bytes, base64url."""


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """A browser, and the journey that it follows."""

    id: str = field(repr=False)
    """Who has it can delete the subscription."""
    journey_id: str = field(repr=False)
    language: Language
    target: PushTarget
    until: datetime
    """It is deleted then at the latest."""
    notified: Mapping[str, Fact] = field(repr=False)
    """What the traveller knows of the journey."""
