"""Resolves the updates about one run: selects one, and computes the calls.

Several updates can be about one run: of two addresses, or a NEW one and its cancellation. Decisions
by people come first, addresses with too old content last (`FeedSnapshot.precedence`); of equal
ones those of the trip with TripModifications, if the run has any, then the latest measurement. A
run outside the timetable is built by the first of these that can build it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from mobilite.realtime.domain.added_trips import (
    ADDING,
    AddedTrip,
    build_added_trip,
    can_build_trip,
)
from mobilite.realtime.domain.assemble_run import added_sort_key, assemble_run, early_and_late
from mobilite.realtime.domain.modified_runs import modified_run
from mobilite.realtime.domain.modified_trips import ModifiedTrip
from mobilite.realtime.domain.run import Run
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import RunTrip, TimetableTrip
from mobilite.realtime.domain.stop_matching import StopMatches, match_stops, plausible
from mobilite.realtime.domain.trip_update import ENDED, StopTimeUpdate, TripUpdate
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.scheduled_calls import ScheduledCalls

_WITH_OWN_CALLS: Final = ADDING - {"UNSCHEDULED"}
"""The relationships of updates that bring their own calls. An UNSCHEDULED run of the timetable has
those of the timetable."""
_UNMODIFIED: Final = _WITH_OWN_CALLS.union(ENDED)
"""The relationships of updates to a run to which TripModifications do not apply."""


def resolve_run(
    schedule: FeedSchedule,
    key: RunKey,
    updates: Iterable[TripUpdate],
    precedence: Mapping[int, int],
    modified: ModifiedTrip | None = None,
) -> Run | None:
    """The run of that key; None if no update builds it, and it is outside the timetable or has
    neither updates nor modifications.

    `updates`: those about the run; one that adds or replaces the run can build it (`claim_of`).
    `precedence`: of an address by its number, 1 if it is missing; the greatest first.
    `modified`: the trip of a run of the timetable with TripModifications.
    """
    ranked = sorted(
        updates,
        key=lambda each: (
            precedence.get(each.source, 1),
            each.modifications_id is not None,
            each.seen_at,
            each.key,
        ),
        reverse=True,
    )
    if modified is not None and not (ranked and ranked[0].relationship in _UNMODIFIED):
        return modified_run(schedule, key, modified, ranked)
    if not ranked:
        return None
    if key.trip >= 0 and ranked[0].relationship not in _WITH_OWN_CALLS:
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
    return assemble_run(schedule, key, update, trip, calls, matches, sort_key)


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
    sort_key = added_sort_key(schedule, trip)
    run = assemble_run(schedule, key, update, trip, calls, matches, sort_key)
    # The operator's times may be contradictory, so the bounds are computed from the result.
    early, late = early_and_late(run.departures, run.calls.departures)
    return replace(
        run,
        early=early,
        late=late,
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
