"""A browser that receives messages, and what became of a message to it."""

from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

AT_ONCE: Final = 20
"""Messages that are sent to one push service at once: a sender lets the others wait."""


@dataclass(frozen=True, slots=True)
class PushTarget:
    """Where a browser receives messages (W3C Push API, PushSubscription.toJSON). Who has the
    endpoint can identify the browser: nothing of it is in the `repr`, so that no log can contain
    it."""

    endpoint: str = field(repr=False)
    """An address of its push service."""
    p256dh: str = field(repr=False)
    """Its public key, an uncompressed point of P-256, base64url."""
    auth: str = field(repr=False)
    """The secret that it shares with the sender, 16 bytes, base64url."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a push service answered."""

    outcome: Literal["delivered", "gone", "refused", "later"]
    """`gone`: the browser no longer has the subscription. `refused`: the push service does not
    accept this message, or does not exist. `later`: the message can be sent again after a while."""
    after: float | None = None
    """Seconds to wait; None if the push service states none."""
    uncertain: bool = False
    """Whether the message can have arrived although it is to be sent again: it was sent, and no
    answer came, or one that does not say what became of it."""
    unavailable: bool = False
    """Whether the push service takes no other message now either: it does not answer, or is
    overloaded (503) and states for how long. Any other answer is about this browser alone."""


class PushSender(Protocol):
    """Sends encrypted messages to push services."""

    async def send(
        self, target: PushTarget, message: bytes, *, topic: str, seconds: int
    ) -> Delivery:
        """Send a message. `topic`: a message that is still waiting with the same one is replaced.
        `seconds`: how long the push service stores it for a browser that is not connected."""
        ...
