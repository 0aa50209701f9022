"""The days and hours at which a browser is notified of a line or a stop."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

MINUTES_OF_A_DAY: Final = 24 * 60
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NotificationTimes:
    """One period a day, in the local time of the network. By default every day from 6 to 22."""

    days: frozenset[int] = frozenset(range(1, 8))
    """The days on which the period begins, 1 for Monday to 7 for Sunday."""
    start: int = 6 * 60
    """Minutes after midnight."""
    end: int = 22 * 60
    """Minutes after midnight, at most 1440. At or before the start: of the next day."""

    def end_at(self, local: datetime) -> datetime | None:
        """When the current period ends; None outside of all periods. `local`: an aware instant, in
        the zone of the network."""
        for day in (local.date(), local.date() - _DAY):
            begins, ends = self._bounds(day, local)
            if day.isoweekday() in self.days and begins <= local < ends:
                return ends
        return None

    def _bounds(self, day: date, local: datetime) -> tuple[datetime, datetime]:
        midnight = datetime.combine(day, time(), local.tzinfo)
        length = self.end if self.end > self.start else self.end + MINUTES_OF_A_DAY
        # Wall clock times: the arithmetic of one zone ignores clock changes.
        return midnight + timedelta(minutes=self.start), midnight + timedelta(minutes=length)
