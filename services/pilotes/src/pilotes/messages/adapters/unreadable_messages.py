"""The messages that this process passes over, since it cannot open their addresses (PILOTES_KEY is
another one, or an address of a later version): another process perhaps can."""

from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from pilotes.messages.domain.addresses import Channel
from pilotes.messages.domain.topics import UNREADABLE_WAITS

MessagePosition = tuple[datetime, date, UUID]
"""Of a message among those that are due: its next attempt, the day on which its questionnaire opens
(`date.min` without one), its id."""
_FIRST: Final[MessagePosition] = (datetime(1970, 1, 1, tzinfo=UTC), date.min, UUID(int=0))


class UnreadableMessages:
    """By channel, the position of the last one. Positions need the same memory however many there
    are; the price is that a message which becomes due before that position waits as long."""

    def __init__(self) -> None:
        self._last: dict[Channel, tuple[MessagePosition, datetime]] = {}
        """The position, and until when claims begin after it."""

    def last(self, channel: Channel, now: datetime) -> MessagePosition:
        """The position after which messages are claimed."""
        position, until = self._last.get(channel, (_FIRST, now))
        return position if now < until else _FIRST

    def add(self, channel: Channel, position: MessagePosition, now: datetime) -> None:
        """Pass over one more. `position`: after the former ones. All are read again
        `UNREADABLE_WAITS` after the first."""
        _, until = self._last.get(channel, (_FIRST, now))
        self._last[channel] = position, until if now < until else now + UNREADABLE_WAITS
