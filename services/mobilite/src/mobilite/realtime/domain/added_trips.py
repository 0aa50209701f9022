"""Runs outside the timetable: NEW, ADDED, REPLACEMENT, DUPLICATED and UNSCHEDULED trip updates.

    NEW, ADDED, UNSCHEDULED   built from their stop updates, of which one at least must have a known
                              stop and a time; the others are left out. Without `scheduled_time` the
                              predicted time is also the schedule
    REPLACEMENT               built in the same way, from two such stops at least; replaces the
                              timetable run of its trip id and day, whose times are ignored. A NEW
                              or ADDED with the trip id (and start, if given) of a timetable run of
                              that day replaces it too; an UNSCHEDULED one only updates that run
                              (`resolve_run`)
    DUPLICATED                the calls of a trip of the timetable, shifted to a new start. The
                              usage before DUPLICATED is built in the same way: an ADDED of a trip
                              of the timetable with a start at which it does not run that day, but
                              without two usable stops

`added_trip_keys.py` says how such a run is identified.
https://gtfs.org/documentation/realtime/reference/#enum-schedulerelationship-1
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mobilite.realtime.domain.added_trip_keys import (
    NO_PROPERTIES,
    RejectionReason,
    has_own_start,
    start_of_run,
    trip_id_or_substitute,
)
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import AddedCall, AddedTripInfo, TimetableTrip
from mobilite.realtime.domain.trip_update import StopTimeUpdate, TripUpdate
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.scheduled_calls import run_start
from mobilite.timetable.domain.timetable import STATION

ADDING: Final = frozenset({"NEW", "ADDED", "REPLACEMENT", "DUPLICATED", "UNSCHEDULED"})
"""The relationships of updates that can build a run."""
_NEEDED_STOPS: Final = {True: 2, False: 1}
"""Known stops with a time that a run needs, by whether it replaces one of the timetable: a single
stop does not decide that the other calls of the timetable are not made."""


@dataclass(frozen=True, slots=True)
class AddedTrip:
    """A run built from a trip update: its trip and its schedule."""

    trip: AddedTripInfo
    arrivals: tuple[int, ...]
    """POSIX seconds, one per call."""
    departures: tuple[int, ...]
    """POSIX seconds, one per call."""
    stop_updates: Mapping[int, StopTimeUpdate] | None = None
    """By position of the call; None for a copy of a timetable trip."""
    unusable: int = 0
    """Stop updates that make no call: unknown stop, or no time."""


def can_build_trip(schedule: FeedSchedule, update: TripUpdate) -> bool:
    """Whether to try `build_added_trip`: for a relationship that adds a run, and for a cancellation
    of a trip outside the timetable that lists its stops. The cancelled run then stays visible."""
    if update.relationship in ADDING:
        return True
    known = schedule.timetable.trip_ids.index_of(update.trip_id or "") is not None
    return update.relationship == "CANCELED" and bool(update.stop_updates) and not known


def build_added_trip(
    schedule: FeedSchedule, key: RunKey, update: TripUpdate
) -> AddedTrip | RejectionReason:
    """The run that an update builds, or why it builds none.

    `key`: from `added_trip_key`; for a replacement, the key of the run it replaces. Requires that
    the trip id of a DUPLICATED update is in the timetable (`claim_of` checks it).
    """
    row = key.trip
    if row < 0 and update.trip_id:
        found = schedule.timetable.trip_ids.index_of(update.trip_id)
        row = -1 if found is None else found
    if update.relationship == "DUPLICATED":
        return _copy_of_timetable_trip(schedule, key, update, row)
    built = _from_stop_updates(schedule, key, update, row)
    can_copy = update.relationship == "ADDED" and row >= 0 and key.trip < 0
    lists_stops = isinstance(built, AddedTrip) and len(built.trip) > 1
    if can_copy and not lists_stops and update.start_time is not None:
        return _copy_of_timetable_trip(schedule, key, update, row)
    return built


def _from_stop_updates(
    schedule: FeedSchedule, key: RunKey, update: TripUpdate, row: int
) -> AddedTrip | RejectionReason:
    """The run that the stop updates list. `row`: the timetable trip that it replaces, or that has
    the same id; else -1."""
    if not update.stop_updates:
        return RejectionReason.WITHOUT_STOPS
    needed, ordered = _NEEDED_STOPS[key.trip >= 0], _in_order(update)
    known = [(stop, each) for each in ordered if (stop := _stop(schedule, each)) is not None]
    if len(known) < needed:
        return RejectionReason.UNKNOWN_STOPS
    timed = [(stop, each, *times) for stop, each in known if (times := _call_times(each))]
    if len(timed) < needed:
        return RejectionReason.WITHOUT_TIMES
    stop_updates = [each for _, each, *_ in timed]
    stops = [stop for stop, *_ in timed]
    # A skipped stop without a time has no position in the run and can be omitted.
    skipped = sum(each.relationship == "SKIPPED" and not _call_times(each) for _, each in known)
    continues = _continues(ordered, stop_updates[-1])
    calls = _calls(schedule, update, row, stops, stop_updates, continues=continues)
    return AddedTrip(
        replace(_trip(schedule, key, update, row, calls), continues=continues),
        arrivals=tuple(arrival for *_, arrival, _ in timed),
        departures=tuple(departure for *_, departure in timed),
        stop_updates=dict(enumerate(stop_updates)),
        unusable=len(update.stop_updates) - len(timed) - skipped,
    )


def _continues(stop_updates: Sequence[StopTimeUpdate], last: StopTimeUpdate) -> bool:
    """Whether the run goes on after `last`, its last known stop with a time: to stops that are
    listed but are unknown or have no time, or, if it is the only one and has a departure, to stops
    that are not listed."""
    if len(stop_updates) == 1:
        return last.departure is not None and last.departure.announced is not None
    place = next(place for place, each in enumerate(stop_updates) if each is last)
    return any(each.relationship != "SKIPPED" for each in stop_updates[place + 1 :])


def _in_order(update: TripUpdate) -> Sequence[StopTimeUpdate]:
    """By stop_sequence if every stop has one, else in message order."""
    numbered = [
        (each.stop_sequence, place)
        for place, each in enumerate(update.stop_updates)
        if each.stop_sequence is not None
    ]
    if len(numbered) < len(update.stop_updates):
        return update.stop_updates
    return [update.stop_updates[place] for _, place in sorted(numbered)]


def _stop(schedule: FeedSchedule, update: StopTimeUpdate) -> int | None:
    row = None if update.stop_id is None else schedule.timetable.stop_ids.index_of(update.stop_id)
    return None if row is None or schedule.timetable.stop_kind[row] > STATION else row


def _call_times(update: StopTimeUpdate) -> tuple[int, int] | None:
    """Arrival and departure in POSIX seconds: the scheduled times, else the predicted ones. One
    stands in for the other if it is missing; None if both are."""
    arrival = None if update.arrival is None else update.arrival.announced
    departure = None if update.departure is None else update.departure.announced
    if arrival is None:
        return None if departure is None else (departure, departure)
    return arrival, arrival if departure is None else departure


def _calls(
    schedule: FeedSchedule,
    update: TripUpdate,
    row: int,
    stops: Sequence[int],
    stop_updates: Sequence[StopTimeUpdate],
    *,
    continues: bool,
) -> tuple[AddedCall, ...]:
    given = [each.stop_sequence for each in stop_updates]
    distinct = None not in given and len(set(given)) == len(given)
    headsign = _headsign(schedule, update, row, stops[-1], continues=continues)
    return tuple(
        AddedCall(
            stop,
            sequence=number if distinct and number is not None else place + 1,
            headsign=headsign,
            planned=_has_scheduled_time(stop_update),
        )
        for place, (stop, number, stop_update) in enumerate(
            zip(stops, given, stop_updates, strict=True)
        )
    )


def _has_scheduled_time(update: StopTimeUpdate) -> bool:
    """Whether the operator gives a scheduled time, so that a delay can be computed."""
    event = update.departure or update.arrival
    return event is not None and event.scheduled is not None


def _headsign(
    schedule: FeedSchedule, update: TripUpdate, row: int, last: int, *, continues: bool
) -> str:
    """The update's, else that of the trip `row` if it ends in that place, else the last stop; ""
    if the run `continues` to stops that are not known."""
    if update.trip_properties is not None and update.trip_properties.headsign:
        return update.trip_properties.headsign
    if row >= 0:
        trip = TimetableTrip(schedule.timetable, row)
        end = trip.stop(len(trip) - 1)
        if schedule.listed_stop(end) == schedule.listed_stop(last):
            return trip.headsign(0)
    return "" if continues else schedule.timetable.stop_names[schedule.listed_stop(last)]


def _copy_of_timetable_trip(
    schedule: FeedSchedule, key: RunKey, update: TripUpdate, row: int
) -> AddedTrip:
    """A run with the calls of a timetable trip, but another day and start."""
    timetable, original = schedule.timetable, TimetableTrip(schedule.timetable, row)
    start, calls = start_of_run(update), timetable.calls_of(row)
    shift = 0 if start is None else start - schedule.start_of(row)
    zero = run_start(timetable, row, key.day) + shift
    headsign = None if update.trip_properties is None else update.trip_properties.headsign
    copies = tuple(
        AddedCall(
            original.stop(place),
            original.sequence(place),
            headsign or original.headsign(place),
            original.pickup(place),
            original.drop_off(place),
            original.approximate(place),
        )
        for place in range(len(original))
    )
    return AddedTrip(
        _trip(schedule, key, update, row, copies),
        arrivals=tuple(zero + time for time in timetable.call_arrival[calls].tolist()),
        departures=tuple(zero + time for time in timetable.call_departure[calls].tolist()),
    )


def _trip(
    schedule: FeedSchedule, key: RunKey, update: TripUpdate, row: int, calls: tuple[AddedCall, ...]
) -> AddedTripInfo:
    timetable, properties = schedule.timetable, update.trip_properties or NO_PROPERTIES
    named = timetable.route_ids.index_of(update.route_id) if update.route_id else None
    route = named if named is not None else int(timetable.trip_route[row]) if row >= 0 else -1
    trip_id = (
        properties.trip_id if update.relationship == "DUPLICATED" else None
    ) or trip_id_or_substitute(update)
    direction = int(timetable.trip_direction[row]) if row >= 0 else -1
    start = start_of_run(update) if has_own_start(key.name) else None
    return AddedTripInfo(
        trip_id=trip_id,
        row=row,
        route=route,
        # A route outside the timetable is identified by the operator's id.
        route_id=timetable.route_ids[route] if route >= 0 else update.route_id or trip_id,
        direction=direction if update.direction_id is None else update.direction_id,
        start=TimetableTrip(timetable, row).start if key.trip >= 0 else start,
        wheelchair=int(timetable.trip_wheelchair[row]) if row >= 0 else 0,
        calls=calls,
        short_name=properties.short_name,
        shape_id=properties.shape_id,
    )
