"""Matches a TripUpdate to a run of the timetable: a trip row and a service day.

`trip_id` names the trip; `start_time` the run of a frequency-based trip, and is ignored for others;
`start_date` the day. Without `trip_id`, route, start date, start time and, if given, direction
together must identify one trip.

`start_date` is the service day, but some operators write the calendar date for runs after midnight
(24:10). If no run of the trip is of that date and the first predicted instant fits the run of the
day before, that run is meant (`RunKey.dated_by_calendar`). A cancellation has no prediction: it
means the run of the day before if that run starts on the given date (from 24:00 to 47:59).

Without `start_date`, the day is the one whose run is nearest to the update: its first predicted
instant compared with that stop's schedule, else its measurement compared with the whole run.
Very late trips of two days are ambiguous, which is why the field is mandatory for them.
https://gtfs.org/documentation/realtime/reference/#message-tripdescriptor
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.realtime.domain.trip_update import ENDED, StopTimeUpdate, TripUpdate
from mobilite.timetable.domain.timetable import Timetable


class RunKey(NamedTuple):
    """Identifies one run of a feed."""

    trip: int
    """The row of its trip; -1 for a run outside the timetable."""
    day: int
    """The ordinal (`date.toordinal`) of its service day."""
    name: str = ""
    """Of a run outside the timetable (`added_trip_name`); "" for one of the timetable."""

    def dated_by_calendar(self, start_date: ServiceDate | None) -> bool:
        """Whether the `start_date` of an update about this run of the timetable is not its service
        day, but the calendar date after midnight."""
        return self.trip >= 0 and start_date is not None and start_date.day.toordinal() != self.day


PLAUSIBLE_DISTANCE = 12 * 3600
"""Largest distance in seconds between an update and its run, if `start_date` does not decide."""

_DAY_SECONDS = 24 * 3600

LONE_RUN_TOLERANCE = 3600
"""Seconds by which the only run of an approximate frequency may deviate from its start."""


class Unmatched(StrEnum):
    """Why no run was found."""

    UNKNOWN_TRIP = "unknown_trip"
    """The trip id or, without one, the route is not in the timetable."""
    UNKNOWN_RUN = "unknown_run"
    """No run of the trip or route has that start."""
    AMBIGUOUS_RUN = "ambiguous_run"
    """The descriptor does not identify a single run."""
    NOT_RUNNING = "not_running"
    """The trip does not run on that day, or on no day near the update."""


def find_run(timetable: Timetable, update: TripUpdate) -> RunKey | Unmatched:
    """The run of an update, or why there is none."""
    rows = (
        _rows_of_trip_id(timetable, update)
        if update.trip_id
        else _rows_of_route_and_start(timetable, update)
    )
    if isinstance(rows, Unmatched):
        return rows
    if update.start_date is not None:
        day = update.start_date
        running = [row for row in rows if timetable.runs_on(row, day)]
        if not running:
            return _run_of_day_before(timetable, update, rows, day)
        if len(running) > 1:
            return Unmatched.AMBIGUOUS_RUN
        return RunKey(running[0], day.day.toordinal())
    return _nearest_run(timetable, update, rows)


def _rows_of_trip_id(timetable: Timetable, update: TripUpdate) -> list[int] | Unmatched:
    """The rows of the trip id: several if the id is repeated; one run of a frequency-based trip."""
    assert update.trip_id is not None
    rows = [int(row) for row in timetable.trip_ids.indexes_of(update.trip_id)]
    if not rows:
        return Unmatched.UNKNOWN_TRIP
    if timetable.trip_start[rows[0]] < 0:
        return rows
    if update.start_time is None:
        return rows if len(rows) == 1 else Unmatched.AMBIGUOUS_RUN
    sought = update.start_time
    starts = {row: int(timetable.trip_start[row]) for row in rows}
    nearest = min(rows, key=lambda row: abs(starts[row] - sought))
    if abs(starts[nearest] - sought) > _tolerance(timetable, nearest, starts):
        return Unmatched.UNKNOWN_RUN
    return [nearest]


def _tolerance(timetable: Timetable, run: int, starts: Mapping[int, int]) -> int:
    """Seconds by which a given start may differ from that of the run: 0 if exact_times is 1, else
    the distance to the next run, beyond which that one is meant. `starts`: of all runs, by row."""
    if timetable.trip_exact_times[run] == 1:
        return 0
    gaps = (abs(start - starts[run]) for row, start in starts.items() if row != run)
    return min(gaps, default=LONE_RUN_TOLERANCE)


def _rows_of_route_and_start(timetable: Timetable, update: TripUpdate) -> list[int] | Unmatched:
    """The trips of an update without a trip id."""
    if update.route_id is None or update.start_time is None or update.start_date is None:
        return Unmatched.AMBIGUOUS_RUN
    route = timetable.route_ids.index_of(update.route_id)
    if route is None:
        return Unmatched.UNKNOWN_TRIP
    fits = timetable.trip_route == route
    if update.direction_id is not None:
        fits = fits & (timetable.trip_direction == update.direction_id)
    rows = np.flatnonzero(fits)
    starts = timetable.call_departure[timetable.trip_first[rows]]
    rows = rows[starts == update.start_time]
    return [int(row) for row in rows] if len(rows) else Unmatched.UNKNOWN_RUN


def _run_of_day_before(
    timetable: Timetable, update: TripUpdate, rows: Iterable[int], date: ServiceDate
) -> RunKey | Unmatched:
    """The run of the day before `date` that the first predicted instant fits, or that starts on
    `date` if the update cancels it without a prediction; NOT_RUNNING without one."""
    day_before = date.day.toordinal() - 1
    if update.relationship in ENDED and all(each.time is None for each in update.stop_updates):
        starting = [
            RunKey(row, day_before)
            for row in rows
            if timetable.runs_on(row, date.plus(-1))
            and timetable.call_departure[timetable.trip_first[row]] // _DAY_SECONDS == 1
        ]
        return starting[0] if len(starting) == 1 else Unmatched.NOT_RUNNING
    fits = [
        (distance, run)
        for row in rows
        if _anchor(timetable, update, timetable.calls_of(row)) is not None
        for run, distance in _instances(timetable, update, row)
        if run.day == day_before and distance <= PLAUSIBLE_DISTANCE
    ]
    return min(fits)[1] if fits else Unmatched.NOT_RUNNING


def _nearest_run(
    timetable: Timetable, update: TripUpdate, rows: Iterable[int]
) -> RunKey | Unmatched:
    best: tuple[int, RunKey] | None = None
    for row in rows:
        for run, distance in _instances(timetable, update, row):
            if best is None or distance < best[0]:
                best = distance, run
    if best is None or best[0] > PLAUSIBLE_DISTANCE:
        return Unmatched.NOT_RUNNING
    return best[1]


def _instances(timetable: Timetable, update: TripUpdate, row: int) -> Iterator[tuple[RunKey, int]]:
    """The runs of a trip on the days around an update, each with its distance in seconds: 0 if
    the update falls within the run."""
    calls = timetable.calls_of(row)
    first, last = int(timetable.call_departure[calls][0]), int(timetable.call_arrival[calls][-1])
    anchor = _anchor(timetable, update, calls)
    if anchor is None:
        instant, delay = update.seen_at, _delay(update)
    else:
        instant, first, last, delay = anchor[0], anchor[1], anchor[1], 0
    zone = timetable.trip_zone(row)
    about = datetime.fromtimestamp(instant - delay - first, UTC)
    # More days than PLAUSIBLE_DISTANCE needs: two on each side, and before them those that the
    # run lasts.
    earliest = ServiceDate.of_instant(about, zone).plus(-2 - (last - first) // 86_400)
    for ahead in range(5 + (last - first) // 86_400):
        day = earliest.plus(ahead)
        if timetable.runs_on(row, day):
            start = int(day.start(zone).timestamp())
            early, late = start + first + delay - instant, instant - (start + last + delay)
            yield RunKey(row, day.day.toordinal()), max(early, late, 0)


def _anchor(timetable: Timetable, update: TripUpdate, calls: slice) -> tuple[int, int] | None:
    """The first predicted instant and the GTFS time of its call; None if there are only delays."""
    for stop_update in update.stop_updates:
        if stop_update.time is not None:
            position = _find_call(timetable, stop_update, calls)
            if position is not None:
                return stop_update.time, int(timetable.call_departure[position])
    return None


def _find_call(timetable: Timetable, update: StopTimeUpdate, calls: slice) -> int | None:
    if update.stop_sequence is not None:
        there = np.flatnonzero(timetable.call_sequence[calls] == update.stop_sequence)
    else:
        stop = timetable.stop_ids.index_of(update.stop_id or "")
        there = np.flatnonzero(timetable.call_stop[calls] == (-1 if stop is None else stop))
    return calls.start + int(there[0]) if len(there) else None


def _delay(update: TripUpdate) -> int:
    """The first delay in the update, in seconds: the day of a very late run depends on it."""
    for stop_update in update.stop_updates:
        for event in (stop_update.departure, stop_update.arrival):
            if event is not None and event.delay is not None:
                return event.delay
    return update.delay or 0
