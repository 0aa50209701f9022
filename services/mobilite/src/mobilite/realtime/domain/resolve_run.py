"""Resolves the updates about one run: selects one, and computes the calls.

Several updates can be about one run: of two addresses, or a NEW one and its cancellation. Decisions
by people come first, addresses with too old content last (`FeedSnapshot.precedence`); of equal
ones the latest measurement. A run outside the timetable is built by the first of these that can
build it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from zlib import crc32

from mobilite.realtime.domain.added_trip_keys import added_trip_name
from mobilite.realtime.domain.added_trips import (
    ADDING,
    AddedTrip,
    build_added_trip,
    can_build_trip,
)
from mobilite.realtime.domain.propagation import cancelled, propagate
from mobilite.realtime.domain.run import ADDED_CALLS, CallChange, Resolution, Run
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import RunTrip, TimetableTrip
from mobilite.realtime.domain.stop_matching import StopMatches, match_stops, plausible
from mobilite.realtime.domain.trip_update import StopTimeUpdate, TripUpdate
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.scheduled_calls import ScheduledCalls
from mobilite.timetable.domain.timetable import STATION

ENDED = ("CANCELED", "DELETED")
"""The relationships of updates after which a run takes place no more."""


def resolve_run(
    schedule: FeedSchedule,
    key: RunKey,
    updates: Iterable[TripUpdate],
    precedence: Mapping[int, int],
) -> Run | None:
    """The run of that key; None if it is outside the timetable and no update builds it.

    `updates`: those about the run, at least one; one that adds or replaces the run can build it
    (`claim_of`). `precedence`: of an address by its number, 1 if it is missing; the greatest first.
    """
    ranked = sorted(
        updates,
        key=lambda each: (precedence.get(each.source, 1), each.seen_at, each.key),
        reverse=True,
    )
    # An UNSCHEDULED run of the timetable keeps its calls; the other four bring their own.
    if key.trip >= 0 and ranked[0].relationship not in ADDING - {"UNSCHEDULED"}:
        return _timetable_run(schedule, key, ranked[0])
    for update in ranked:
        if not can_build_trip(schedule, update):
            continue
        built = build_added_trip(schedule, key, update)
        if isinstance(built, AddedTrip):
            return _added_run(schedule, key, ranked[0], built, built_by=update)
    return None


def _timetable_run(schedule: FeedSchedule, key: RunKey, update: TripUpdate) -> Run:
    calls, trip = schedule.run_calls(key.trip, key.day), TimetableTrip(schedule.timetable, key.trip)
    stop_updates = () if update.relationship in ENDED else update.stop_updates
    matches = match_stops(calls, stop_updates, schedule.station_of)
    order = int(schedule.timetable.trip_first[key.trip])
    sort_key = schedule.route_rank[trip.route], order, 0
    return _run(schedule, key, update, trip, calls, matches, sort_key)


def _added_run(
    schedule: FeedSchedule,
    key: RunKey,
    update: TripUpdate,
    built: AddedTrip,
    *,
    built_by: TripUpdate,
) -> Run:
    """The run that `built_by` built, with the predictions of the selected `update`."""
    trip = built.trip
    calls = ScheduledCalls(
        stop_ids=[schedule.stop_id(call.stop) for call in trip.calls],
        sequences=[call.sequence for call in trip.calls],
        arrivals=built.arrivals,
        departures=built.departures,
    ).in_order()
    if update.relationship in ENDED:
        matches = StopMatches({})
    elif update is built_by and built.stop_updates is not None:
        matches = _own_matches(calls, built.stop_updates, built.unusable)
    else:
        matches = match_stops(calls, update.stop_updates, schedule.station_of)
        if update is built_by:  # a copy of a timetable trip
            calls = _rescheduled(calls, matches.updates)
    # Routes outside the timetable sort last.
    rank = schedule.route_rank[trip.route] if trip.route >= 0 else len(schedule.route_rank)
    sort_key = rank, ADDED_CALLS, crc32(added_trip_name(trip.trip_id, trip.start).encode())
    run = _run(schedule, key, update, trip, calls, matches, sort_key)
    # The operator's times may be contradictory, so the bounds are computed from the result.
    delays = [
        predicted - scheduled
        for predicted, scheduled in zip(run.calls.departures, run.departures, strict=True)
    ]
    return replace(
        run,
        early=max(0, -min(delays)),
        late=max(0, *delays),
        left_out=_left_out(schedule, key.trip, trip) if key.trip >= 0 else {},
    )


def _own_matches(
    calls: ScheduledCalls, stop_updates: Mapping[int, StopTimeUpdate], unusable: int
) -> StopMatches:
    """The matches of a run that was built from these stop updates: each at its own call, if it is
    plausible there. `unusable`: how many more count as mismatches."""
    updates_by_position = {
        position: stop_update
        for position, stop_update in stop_updates.items()
        if plausible(calls, position, stop_update)
    }
    implausible = len(stop_updates) - len(updates_by_position)
    return StopMatches(updates_by_position, unusable + implausible)


def _left_out(schedule: FeedSchedule, row: int, built: RunTrip) -> Mapping[int, int]:
    """The calls of trip `row` that its replacement `built` does not make (see `Run.left_out`).

    A call at another platform of the station counts as the same one. Where the replacement calls
    at a stop less often than the trip, the last calls there are left out.
    """
    made_at: dict[int, list[int]] = {}
    for position in reversed(range(len(built))):
        made_at.setdefault(schedule.listed_stop(built.stop(position)), []).append(position)
    trip, left_out, before = TimetableTrip(schedule.timetable, row), dict[int, int](), -1
    for position in range(len(trip)):
        there = made_at.get(schedule.listed_stop(trip.stop(position)))
        if there:
            before = there.pop()
        else:
            left_out[position] = before
    return left_out


def _rescheduled(
    calls: ScheduledCalls, updates_by_position: Mapping[int, StopTimeUpdate]
) -> ScheduledCalls:
    """The calls with the scheduled times of the stop updates, where they give any."""
    arrivals, departures = list(calls.arrivals), list(calls.departures)
    for position, stop_update in updates_by_position.items():
        for event, times in ((stop_update.arrival, arrivals), (stop_update.departure, departures)):
            if event is not None and event.scheduled is not None:
                times[position] = event.scheduled
    return ScheduledCalls(calls.stop_ids, calls.sequences, arrivals, departures).in_order()


def _run(
    schedule: FeedSchedule,
    key: RunKey,
    update: TripUpdate,
    trip: RunTrip,
    calls: ScheduledCalls,
    matches: StopMatches,
    sort_key: tuple[int, int, int],
) -> Run:
    """`sort_key`: the run's `route_rank`, `order` and `tie`."""
    arrivals, departures = tuple(calls.arrivals), tuple(calls.departures)
    updates_by_position, delay = matches.updates, update.delay or 0
    if update.relationship in ENDED:
        resolution = Resolution(partial(cancelled, arrivals, departures))
    else:
        resolution = Resolution(
            partial(propagate, arrivals, departures, updates_by_position, update.delay)
        )
    changes, misassigned = _changes(schedule, calls, updates_by_position)
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


def _changes(
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
