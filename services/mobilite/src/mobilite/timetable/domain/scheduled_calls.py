"""The scheduled calls of a run, and the instant its times count from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.timetable.domain.timetable import Timetable


@dataclass(frozen=True, slots=True)
class Calls:
    """A run's calls in order: local stop ids, stop_sequence, scheduled POSIX seconds."""

    stop_ids: Sequence[str]
    sequences: Sequence[int]
    arrivals: Sequence[int]
    departures: Sequence[int]

    def in_order(self) -> "Calls":
        """The calls, none before the one before it: of times that go back, the earlier call's
        stands."""
        pairs = zip(self.arrivals, self.departures, strict=True)
        turns = list(accumulate((time for pair in pairs for time in pair), max))
        return Calls(self.stop_ids, self.sequences, turns[::2], turns[1::2])


def run_start(timetable: Timetable, trip: int, day: int) -> int:
    """POSIX seconds of the instant a trip's times count from on a day (an ordinal)."""
    return _day_start(timetable.trip_zone(trip), day)


@lru_cache(1024)
def _day_start(zone: ZoneInfo, day: int) -> int:
    return int(ServiceDate(date.fromordinal(day)).start(zone).timestamp())
