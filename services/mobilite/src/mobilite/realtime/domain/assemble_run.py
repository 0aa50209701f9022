"""Assembles a run from its calls and the update selected for it."""

from collections.abc import Mapping, Sequence
from functools import partial
from zlib import crc32

from mobilite.realtime.domain.added_trip_keys import added_trip_name
from mobilite.realtime.domain.propagation import cancelled, propagate
from mobilite.realtime.domain.run import ADDED_CALLS, CallChange, Resolution, Run
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import RunTrip
from mobilite.realtime.domain.stop_matching import StopMatches
from mobilite.realtime.domain.trip_update import ENDED, StopTimeUpdate, TripUpdate
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.scheduled_calls import ScheduledCalls
from mobilite.timetable.domain.timetable import STATION


def assemble_run(
    schedule: FeedSchedule,
    key: RunKey,
    update: TripUpdate,
    trip: RunTrip,
    calls: ScheduledCalls,
    matches: StopMatches,
    sort_key: tuple[int, int, int],
) -> Run:
    """A run with the predictions of an update. `matches`: its stop updates by call. `sort_key`: the
    run's `route_rank`, `order` and `tie`."""
    arrivals, departures = tuple(calls.arrivals), tuple(calls.departures)
    updates_by_position, delay = matches.updates, update.delay or 0
    if update.relationship in ENDED:
        resolution = Resolution(partial(cancelled, arrivals, departures))
    else:
        resolution = Resolution(
            partial(propagate, arrivals, departures, updates_by_position, update.delay)
        )
    changes, misassigned = _call_changes(schedule, calls, updates_by_position)
    return Run(
        key,
        update,
        trip,
        arrivals,
        departures,
        resolution,
        route_rank=sort_key[0],
        order=sort_key[1],
        tie=sort_key[2],
        changes=changes,
        # Inferred times deviate no more than the predictions they derive from.
        early=max(matches.early, -delay),
        late=max(matches.late, delay),
        hidden=update.relationship == "DELETED",
        mismatched=matches.mismatched,
        misassigned=misassigned,
        corrected_sequences=matches.corrected_sequences,
    )


def added_sort_key(schedule: FeedSchedule, trip: RunTrip) -> tuple[int, int, int]:
    """The `route_rank`, `order` and `tie` of a run whose calls are not those of the timetable."""
    # Routes outside the timetable sort last.
    rank = schedule.route_rank[trip.route] if trip.route >= 0 else len(schedule.route_rank)
    return rank, ADDED_CALLS, crc32(added_trip_name(trip.trip_id, trip.start).encode())


def early_and_late(scheduled: Sequence[int], predicted: Sequence[int]) -> tuple[int, int]:
    """The largest earliness and the largest delay of a run's departures, in seconds."""
    deviations = [there - planned for there, planned in zip(predicted, scheduled, strict=True)]
    return max(0, -min(deviations)), max(0, *deviations)


def _call_changes(
    schedule: FeedSchedule, calls: ScheduledCalls, updates_by_position: Mapping[int, StopTimeUpdate]
) -> tuple[Mapping[int, CallChange], int]:
    """What the updates change at their calls, except times; and how many name a platform outside
    the station, which is ignored."""
    changes, misassigned = {}, 0
    for position, stop_update in updates_by_position.items():
        scheduled, given = calls.stop_ids[position], stop_update.properties
        if given is None and stop_update.stop_id in (None, scheduled):
            continue
        assigned = None if given is None else given.assigned_stop_id
        stop_id = assigned or stop_update.stop_id
        stop = None
        if stop_id is not None and stop_id != scheduled:
            stop = _platform(schedule, scheduled, stop_id)
            misassigned += stop is None
        change = CallChange(stop)
        if given is not None:
            change = CallChange(stop, given.headsign, given.pickup, given.drop_off, given.occupancy)
        if change != CallChange():
            changes[position] = change
    return changes, misassigned


def _platform(schedule: FeedSchedule, scheduled: str, assigned: str) -> int | None:
    """The row of the assigned platform; None unless it is in the station of the scheduled one."""
    row, station = schedule.timetable.stop_ids.index_of(assigned), schedule.station_of(assigned)
    if row is None or schedule.timetable.stop_kind[row] >= STATION:
        return None
    return row if station is not None and station == schedule.station_of(scheduled) else None
