"""How a browser subscribes to the notifications of a journey."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WebPush:
    """What the platform offers."""

    public_key: str | None
    """What a browser subscribes with; None: no notifications are offered."""
    delay: int
    """Seconds from which another delay is notified."""
