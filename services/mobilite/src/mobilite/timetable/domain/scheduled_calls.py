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
    """The calls of a run in order. Every sequence has one entry per call."""

    stop_ids: Sequence[str]
    """Local ids."""
    sequences: Sequence[int]
    """GTFS's stop_sequence."""
    arrivals: Sequence[int]
    """Scheduled, in POSIX seconds; so are the departures."""
    departures: Sequence[int]

    def in_order(self) -> "ScheduledCalls":
        """The calls with monotone times: a time before the previous one is replaced by that."""
        pairs = zip(self.arrivals, self.departures, strict=True)
        times = list(accumulate((time for pair in pairs for time in pair), max))
        return ScheduledCalls(self.stop_ids, self.sequences, times[::2], times[1::2])


def run_start(timetable: Timetable, trip: int, day: int) -> int:
    """POSIX seconds of the origin of a trip's times on a day (an ordinal)."""
    return _day_start(timetable.trip_zone(trip), day)


@lru_cache(1024)
def _day_start(zone: ZoneInfo, day: int) -> int:
    return int(ServiceDate(date.fromordinal(day)).start(zone).timestamp())
