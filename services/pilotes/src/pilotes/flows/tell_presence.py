"""Tell how long the service has been there."""

from datetime import datetime

from pilotes.domain.presence import Presence
from socle.clock import Clock


def tell_presence(*, started: datetime, clock: Clock) -> Presence:
    """The presence now of a service that started at that instant."""
    return Presence(since=started, now=clock.now())
