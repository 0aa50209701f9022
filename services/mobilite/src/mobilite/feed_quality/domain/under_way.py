"""The runs that are under way by the timetable at an instant."""

from collections.abc import Iterator

import numpy as np

from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.timetable.domain.booked_trips import booked_trips
from mobilite.timetable.domain.feed_schedule import FeedSchedule


class RunsUnderWay:
    """Finds the runs of a timetable that are under way, without those that run only when booked."""

    def __init__(self, schedule: FeedSchedule) -> None:
        self.schedule = schedule
        timetable = schedule.timetable
        first, after = timetable.trip_first[:-1], timetable.trip_first[1:]
        self._rows = np.flatnonzero((after - first >= 2) & ~booked_trips(timetable))
        self._starts = timetable.call_departure[first[self._rows]]
        self._ends = timetable.call_arrival[after[self._rows] - 1]

    def at(self, now: int) -> Iterator[RunKey]:
        """The runs that have left their first stop and have not arrived at their last one, by the
        timetable, at `now` (POSIX seconds)."""
        timetable = self.schedule.timetable
        services = timetable.trip_service[self._rows]
        zones = timetable.service_zone[services]
        for zone in np.unique(zones).tolist():
            place = timetable.zone(zone)
            today = ServiceDate.of_timestamp(now, place)
            for back in range(self.schedule.days_back + 1):
                day = today.plus(-back)
                seconds = now - int(day.start(place).timestamp())
                active = timetable.services_on(day)[services] & (zones == zone)
                active &= (self._starts <= seconds) & (seconds < self._ends)
                ordinal = day.day.toordinal()
                for row in self._rows[active].tolist():
                    yield RunKey(row, ordinal)
