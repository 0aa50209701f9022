"""Finds a run by its descriptor, and lists its calls with or without an update.

    find_run_of_descriptor(feed, descriptor, seen_at=…)   the run of a vehicle, an alert or a URL
    get_run_trip(feed, key)                               its trip: ids, route, headsigns
    resolved_call(run, position, stale=…)                 one call of a run with an update
    list_calls(feed, key, now=…)                          its calls: times, state, stop

`feed.runs` has all runs with an update; `feed.outcomes[record key]` is the run of an update. The
key of a timetable run is valid with or without an update.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mobilite.gtfs.domain.enumerations import Occupancy
from mobilite.realtime.domain.added_trips import ADDING
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run import CallChange, Run, State
from mobilite.realtime.domain.run_matching import RunKey, find_run
from mobilite.realtime.domain.run_trip import RunTrip, TimetableTrip
from mobilite.realtime.domain.trip_update import TripDescriptor, TripUpdate
from mobilite.timetable.domain.feed_schedule import FeedSchedule

_UNCHANGED = CallChange()


@dataclass(frozen=True, slots=True)
class RunCall:
    """One call of a run. Stops are rows of the timetable, times POSIX seconds."""

    position: int
    """-1 for a call of the replaced run that is left out."""
    sequence: int
    """GTFS's stop_sequence."""
    stop: int
    """The stop served."""
    scheduled_stop: int
    arrival: int
    """Scheduled, as is the departure."""
    departure: int
    predicted_arrival: int | None
    """None without a prediction; so is the predicted departure."""
    predicted_departure: int | None
    state: State
    planned: bool
    """False if the operator gave a predicted time only: the scheduled one is then the same."""
    headsign: str
    pickup: int
    """GTFS's pickup_type, 0–3."""
    drop_off: int
    """GTFS's drop_off_type, 0–3."""
    occupancy: Occupancy | None
    """At the departure; None if unknown."""


def find_run_of_descriptor(
    feed: FeedSnapshot, trip: TripDescriptor, *, seen_at: int
) -> RunKey | None:
    """The run of a descriptor, in the timetable (with or without an update) or outside it; None
    if there is none.

    If the descriptor has no start date, the run nearest to `seen_at` (POSIX seconds). A run outside
    the timetable takes precedence if the trip id is not in the timetable, or the descriptor is of a
    relationship that adds runs. A calendar date as `start_date` selects the run whose update has
    it too (`RunKey.dated_by_calendar`).
    """
    schedule, added = feed.schedule, _find_added_run(feed, trip, seen_at)
    if schedule is None:
        return None
    known = (
        bool(trip.trip_id) and schedule.timetable.trip_ids.index_of(trip.trip_id or "") is not None
    )
    if added is not None and (not known or trip.relationship in ADDING):
        return added
    described = TripUpdate(
        key="",
        source=-1,
        seen_at=seen_at,
        trip_id=trip.trip_id,
        route_id=trip.route_id,
        direction_id=trip.direction_id,
        start_date=trip.start_date,
        start_time=trip.start_time,
    )
    found = find_run(schedule.timetable, described)
    if isinstance(found, RunKey):
        return found
    return _find_dated_by_calendar(feed, schedule, trip) if added is None else added


def get_run_trip(feed: FeedSnapshot, key: RunKey) -> RunTrip:
    """The trip of a run. Raises KeyError if the feed does not have it."""
    run = feed.runs.get(key)
    if run is not None:
        return run.trip
    if feed.schedule is None or key.trip < 0:
        raise KeyError(key)
    return TimetableTrip(feed.schedule.timetable, key.trip)


def list_calls(feed: FeedSnapshot, key: RunKey, *, now: int) -> tuple[RunCall, ...]:
    """The calls of a run in order, with those it leaves out of a run it replaces. `now`: POSIX
    seconds. Raises KeyError if the feed does not have it."""
    run, schedule = feed.runs.get(key), feed.schedule
    if run is not None:
        stale = feed.is_stale(run, now=now)
        calls = tuple(
            resolved_call(run, position, stale=stale) for position in range(len(run.trip))
        )
        return _with_left_out(schedule, run, calls) if run.left_out and schedule else calls
    if schedule is None:
        raise KeyError(key)
    return _scheduled_calls(schedule, key, get_run_trip(feed, key))


def _find_added_run(feed: FeedSnapshot, trip: TripDescriptor, seen_at: int) -> RunKey | None:
    """The run outside the timetable that a descriptor names, nearest to `seen_at`; None if there
    is none."""
    day = None if trip.start_date is None else trip.start_date.day.toordinal()
    fits = [
        key
        for key in feed.added_runs.get(trip.trip_id or "", ())
        if day in (None, key.day) and feed.runs[key].trip.start in (None, trip.start_time)
    ]

    def distance(key: RunKey) -> int:
        run = feed.runs[key]
        return max(run.departures[0] - seen_at, seen_at - run.arrivals[-1], 0)

    return min(fits, key=distance, default=None)


def _find_dated_by_calendar(
    feed: FeedSnapshot, schedule: FeedSchedule, trip: TripDescriptor
) -> RunKey | None:
    """The run of the day before whose update has the date and start of a descriptor; None if there
    is none."""
    if not trip.trip_id or trip.start_date is None:
        return None
    day_before = trip.start_date.day.toordinal() - 1
    for row in schedule.timetable.trip_ids.indexes_of(trip.trip_id):
        key = RunKey(int(row), day_before)
        run = feed.runs.get(key)
        if run is not None and (run.update.start_date, run.update.start_time) == (
            trip.start_date,
            trip.start_time,
        ):
            return key
    return None


def resolved_call(run: Run, position: int, *, stale: bool) -> RunCall:
    """The call at a position of a run with an update; `stale` if the data of its address is too
    old."""
    trip, change = run.trip, run.changes.get(position, _UNCHANGED)
    state = run.state(position, stale=stale)
    departure = run.predicted_departure(position, state)
    return RunCall(
        position,
        trip.sequence(position),
        stop=run.stop(position),
        scheduled_stop=trip.stop(position),
        arrival=run.arrivals[position],
        departure=run.departures[position],
        predicted_arrival=None if departure is None else run.calls.arrivals[position],
        predicted_departure=departure,
        state=state,
        planned=trip.planned(position),
        headsign=change.headsign or trip.headsign(position),
        pickup=trip.pickup(position) if change.pickup is None else change.pickup,
        drop_off=trip.drop_off(position) if change.drop_off is None else change.drop_off,
        occupancy=change.occupancy,
    )


def _with_left_out(
    schedule: FeedSchedule, run: Run, calls: tuple[RunCall, ...]
) -> tuple[RunCall, ...]:
    """The calls of a replacement run, and those of the replaced run that it leaves out."""
    planned = _scheduled_calls(schedule, run.key, TimetableTrip(schedule.timetable, run.key.trip))
    placed = [(call.position, -1, call) for call in calls]
    for position, before in run.left_out.items():
        call = replace(planned[position], position=-1, state=run.left_out_state)
        placed.append((before, position, call))
    return tuple(call for *_, call in sorted(placed, key=lambda each: each[:2]))


def _scheduled_calls(schedule: FeedSchedule, key: RunKey, trip: RunTrip) -> tuple[RunCall, ...]:
    calls = schedule.run_calls(key.trip, key.day)
    times: Sequence[tuple[int, int]] = list(zip(calls.arrivals, calls.departures, strict=True))
    return tuple(
        RunCall(
            position,
            trip.sequence(position),
            stop=trip.stop(position),
            scheduled_stop=trip.stop(position),
            arrival=arrival,
            departure=departure,
            predicted_arrival=None,
            predicted_departure=None,
            state="scheduled",
            planned=True,
            headsign=trip.headsign(position),
            pickup=trip.pickup(position),
            drop_off=trip.drop_off(position),
            occupancy=None,
        )
        for position, (arrival, departure) in enumerate(times)
    )
