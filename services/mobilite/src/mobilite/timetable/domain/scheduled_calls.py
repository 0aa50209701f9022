"""The scheduled calls of a run, and the origin of its times."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.timetable.domain.timetable import Timetable


@dataclass(frozen=True, slots=True)
class ScheduledCalls:
    """The calls of a run in order: local stop ids, stop_sequence, scheduled POSIX seconds."""

    stop_ids: Sequence[str]
    sequences: Sequence[int]
    arrivals: Sequence[int]
    departures: Sequence[int]

    def in_order(self) -> "ScheduledCalls":
        """The calls with monotone times: where times go back, the earlier call's stands."""
        pairs = zip(self.arrivals, self.departures, strict=True)
        times = list(accumulate((time for pair in pairs for time in pair), max))
        return ScheduledCalls(self.stop_ids, self.sequences, times[::2], times[1::2])


def run_start(timetable: Timetable, trip: int, day: int) -> int:
    """POSIX seconds of the origin of a trip's times on a day (an ordinal)."""
    return _day_start(timetable.trip_zone(trip), day)


@lru_cache(1024)
def _day_start(zone: ZoneInfo, day: int) -> int:
    return int(ServiceDate(date.fromordinal(day)).start(zone).timestamp())
