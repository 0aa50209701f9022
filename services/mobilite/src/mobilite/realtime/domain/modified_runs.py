"""Runs with TripModifications, with or without a trip update.

    an update of the modified trip   applies to its calls, which it numbers from 1
    an update of the original trip   is resolved on the original calls; its predictions apply to
                                     those that the modified trip makes too, and to no replacement
                                     stop
    no update                        the modified schedule
https://gtfs.org/documentation/realtime/feed-entities/trip-modifications/#linkage-to-tripupdates
"""

from collections.abc import Sequence
from dataclasses import replace

from mobilite.realtime.domain.assemble_run import added_sort_key, assemble_run, early_and_late
from mobilite.realtime.domain.modified_trips import ModifiedTrip
from mobilite.realtime.domain.propagation import UNKNOWN, ResolvedCalls
from mobilite.realtime.domain.run import Resolution, Run
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import TimetableTrip
from mobilite.realtime.domain.stop_matching import StopMatches, match_stops
from mobilite.realtime.domain.trip_update import TripUpdate
from mobilite.timetable.domain.feed_schedule import FeedSchedule


def modified_run(
    schedule: FeedSchedule, key: RunKey, modified: ModifiedTrip, updates: Sequence[TripUpdate]
) -> Run:
    """The run of a modified trip. `updates`: those about it, the one to be used first."""
    trip = modified.trip
    sort_key = added_sort_key(schedule, trip)
    if not updates:
        run = _run_without_update(schedule, key, modified, sort_key)
    elif updates[0].modifications_id is not None:
        matches = match_stops(modified.calls, updates[0].stop_updates, schedule.station_of)
        run = assemble_run(schedule, key, updates[0], trip, modified.calls, matches, sort_key)
    else:
        run = _run_of_original_update(schedule, key, modified, updates[0], sort_key)
    unmodified = next((each for each in updates if each.modifications_id is None), None)
    return replace(run, left_out=modified.left_out, unmodified_update=unmodified)


def _run_without_update(
    schedule: FeedSchedule, key: RunKey, modified: ModifiedTrip, sort_key: tuple[int, int, int]
) -> Run:
    modifications = modified.modifications
    update = TripUpdate("", modifications.source, modifications.seen_at, modified.trip.trip_id)
    matches = StopMatches({})
    run = assemble_run(schedule, key, update, modified.trip, modified.calls, matches, sort_key)
    return replace(run, without_update=True)


def _run_of_original_update(
    schedule: FeedSchedule,
    key: RunKey,
    modified: ModifiedTrip,
    update: TripUpdate,
    sort_key: tuple[int, int, int],
) -> Run:
    calls, trip = schedule.run_calls(key.trip, key.day), TimetableTrip(schedule.timetable, key.trip)
    matches = match_stops(calls, update.stop_updates, schedule.station_of)
    original = assemble_run(schedule, key, update, trip, calls, matches, sort_key)
    arrivals, departures = tuple(modified.calls.arrivals), tuple(modified.calls.departures)
    resolved = _projected(modified, original.calls)
    early, late = early_and_late(departures, resolved.departures)
    return replace(
        original,
        trip=modified.trip,
        arrivals=arrivals,
        departures=departures,
        resolution=Resolution(lambda: resolved),
        changes={
            place: original.changes[origin]
            for place, origin in enumerate(modified.origins)
            if origin is not None and origin in original.changes
        },
        early=early,
        late=late,
    )


def _projected(modified: ModifiedTrip, original: ResolvedCalls) -> ResolvedCalls:
    """The resolved calls of the modified trip, from those of the original one. The times at
    replacement stops are the scheduled ones, limited by the neighbours."""
    states, arrivals = bytearray(), list(modified.calls.arrivals)
    departures = list(modified.calls.departures)
    for place, origin in enumerate(modified.origins):
        states.append(UNKNOWN if origin is None else original.states[origin])
        if origin is not None:
            arrivals[place], departures[place] = (
                original.arrivals[origin],
                original.departures[origin],
            )
    replacements = [place for place, origin in enumerate(modified.origins) if origin is None]
    for place in reversed(replacements):
        if place + 1 < len(arrivals):
            arrivals[place] = departures[place] = min(arrivals[place], arrivals[place + 1])
    for place in replacements:
        if place > 0:
            arrivals[place] = departures[place] = max(arrivals[place], departures[place - 1])
    return ResolvedCalls(bytes(states), tuple(arrivals), tuple(departures))
