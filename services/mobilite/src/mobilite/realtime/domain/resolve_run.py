"""Resolves the updates about one run: selects one, and computes the calls.

Several updates may claim a run: two addresses, or a NEW one and its cancellation. Decisions by
people take precedence over software, then the latest measurement; updates of a silent address
count only if there is no other. A run outside the timetable is built by the first of these that
gives its stops.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from zlib import crc32

from mobilite.realtime.domain.added_trips import (
    ADDING,
    AddedTrip,
    added_trip_name,
    adds_a_trip,
    build_added_trip,
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


def resolve_run(
    schedule: FeedSchedule, key: RunKey, claims: Iterable[TripUpdate], precedence: Mapping[int, int]
) -> Run | None:
    """The run of that key; None if the timetable has none and no update builds it.

    `precedence` is that of an address, 1 by default.
    """
    ranked = sorted(
        claims,
        key=lambda each: (precedence.get(each.source, 1), each.seen_at, each.key),
        reverse=True,
    )
    if key.trip >= 0 and ranked[0].relationship not in ADDING - {"UNSCHEDULED"}:
        return _of_timetable(schedule, key, ranked[0])
    for update in ranked:
        made = build_added_trip(schedule, key, update) if adds_a_trip(schedule, update) else None
        if isinstance(made, AddedTrip):
            return _own(schedule, key, ranked[0], made, made_by=update)
    return None


def _of_timetable(schedule: FeedSchedule, key: RunKey, update: TripUpdate) -> Run:
    calls, trip = schedule.run_calls(key.trip, key.day), TimetableTrip(schedule.timetable, key.trip)
    stop_updates = () if update.relationship in ENDED else update.stop_updates
    matches = match_stops(calls, stop_updates, schedule.station_of)
    order = int(schedule.timetable.trip_first[key.trip])
    place = schedule.route_rank[trip.route], order, 0
    return _run(schedule, key, update, trip, calls, matches, place)


def _own(
    schedule: FeedSchedule, key: RunKey, update: TripUpdate, made: AddedTrip, *, made_by: TripUpdate
) -> Run:
    trip = made.trip
    calls = ScheduledCalls(
        stop_ids=[schedule.stop_id(call.stop) for call in trip.calls],
        sequences=[call.sequence for call in trip.calls],
        arrivals=made.arrivals,
        departures=made.departures,
    ).in_order()
    if update.relationship in ENDED:
        matches = StopMatches({})
    elif update is made_by and made.stop_updates is not None:
        updates_by_position = {
            at: stop_update
            for at, stop_update in made.stop_updates.items()
            if plausible(calls, at, stop_update)
        }
        matches = StopMatches(
            updates_by_position, made.left_out + len(made.stop_updates) - len(updates_by_position)
        )
    else:
        matches = match_stops(calls, update.stop_updates, schedule.station_of)
        if update is made_by:
            calls = _rescheduled(calls, matches.updates)
    # Routes outside the timetable sort last.
    rank = schedule.route_rank[trip.route] if trip.route >= 0 else len(schedule.route_rank)
    place = rank, ADDED_CALLS, crc32(added_trip_name(trip.trip_id, trip.start).encode())
    run = _run(schedule, key, update, trip, calls, matches, place)
    # Announced times may be contradictory, so the bounds are computed from the result.
    spread = [
        departure - at for departure, at in zip(run.calls.departures, run.departures, strict=True)
    ]
    return replace(
        run,
        early=max(0, -min(spread)),
        late=max(0, *spread),
        left_out=_left_out(schedule, key.trip, trip) if key.trip >= 0 else {},
    )


def _left_out(schedule: FeedSchedule, row: int, made: RunTrip) -> Mapping[int, int]:
    """The calls of a trip that its replacement does not make (see `Run.left_out`).

    Another platform of the station counts as the same call. Of repeated calls at one stop the
    first are made.
    """
    made_at: dict[int, list[int]] = {}
    for position in reversed(range(len(made))):
        made_at.setdefault(schedule.listed_stop(made.stop(position)), []).append(position)
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
    """A copy with the operator's own schedule for some calls."""
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
    place: tuple[int, int, int],
) -> Run:
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
        route_rank=place[0],
        order=place[1],
        tie=place[2],
        changes=changes,
        # Inferred times deviate no more than the predictions they derive from.
        early=max(matches.early, -delay),
        late=max(matches.late, delay),
        hidden=update.relationship == "DELETED",
        mismatched=matches.mismatched,
        misassigned=misassigned,
    )


def _changes(
    schedule: FeedSchedule, calls: ScheduledCalls, updates_by_position: Mapping[int, StopTimeUpdate]
) -> tuple[Mapping[int, CallChange], int]:
    """What the updates change at their calls, times aside, and the number of platforms of
    another station (rule 11 of the reference: ignored)."""
    changes, misassigned = {}, 0
    for position, stop_update in updates_by_position.items():
        scheduled, own = calls.stop_ids[position], stop_update.properties
        if own is None and stop_update.stop_id in (None, scheduled):
            continue
        named = stop_update.stop_id if own is None else own.assigned_stop_id or stop_update.stop_id
        stop = None
        if named is not None and named != scheduled:
            stop = _platform(schedule, scheduled, named)
            misassigned += stop is None
        change = CallChange(stop)
        if own is not None:
            change = CallChange(stop, own.headsign, own.pickup, own.drop_off, own.occupancy)
        if change != CallChange():
            changes[position] = change
    return changes, misassigned


def _platform(schedule: FeedSchedule, scheduled: str, named: str) -> int | None:
    """The row of the platform, if it is in the same station."""
    row, station = schedule.timetable.stop_ids.index_of(named), schedule.station_of(named)
    if row is None or schedule.timetable.stop_kind[row] >= STATION:
        return None
    return row if station is not None and station == schedule.station_of(scheduled) else None
