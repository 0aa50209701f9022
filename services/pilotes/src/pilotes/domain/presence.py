"""How long a service has been there."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Presence:
    """A service that answers since `since`, seen at `now`; both aware."""

    since: datetime
    now: datetime

    @property
    def seconds(self) -> float:
        """Seconds of presence; never below zero, even where the clock was set back."""
        return max(0.0, (self.now - self.since).total_seconds())
