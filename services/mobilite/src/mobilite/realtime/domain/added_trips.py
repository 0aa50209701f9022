"""Runs outside the timetable: NEW, ADDED, REPLACEMENT, DUPLICATED and UNSCHEDULED trip updates.

    NEW, ADDED, UNSCHEDULED   built from their stop updates, which must give every stop and time;
                              without `scheduled_time` the predicted time is also the schedule
    REPLACEMENT               built in the same way; replaces the timetable run of its trip id and
                              day, whose times are ignored. A NEW or ADDED with the trip id (and
                              start, if given) of a timetable run of that day replaces it too
    DUPLICATED                the calls of a trip of the timetable, shifted to a new start; an
                              ADDED with a new start but without stops (the usage before
                              DUPLICATED) is built in the same way

A run outside the timetable is identified by its trip id and day; if that trip id is also in the
timetable, by its start too.
https://gtfs.org/documentation/realtime/reference/#enum-schedulerelationship-1
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import AddedCall, AddedTripInfo, TimetableTrip
from mobilite.realtime.domain.trip_update import StopTimeUpdate, TripProperties, TripUpdate
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.scheduled_calls import run_start
from mobilite.timetable.domain.timetable import STATION

ADDING: Final = frozenset({"NEW", "ADDED", "REPLACEMENT", "DUPLICATED", "UNSCHEDULED"})
_NO_PROPERTIES: Final = TripProperties()


class RejectionReason(StrEnum):
    """Why an update about a run outside the timetable is counted but builds no run."""

    MODIFIED = "modified"
    """The update selects a modified trip (TripModifications)."""
    SUPERSEDED = "superseded"
    """ADDED, and a DUPLICATED update copies its trip too: producers that migrate send both."""
    WITHOUT_START = "without_start"
    """Its service day cannot be determined."""
    WITHOUT_STOPS = "without_stops"
    """It has no stop time updates."""
    UNKNOWN_STOPS = "unknown_stops"
    """Fewer than two of its stops are in the timetable."""
    WITHOUT_TIMES = "without_times"
    """Fewer than two of its known stops have a time."""


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
    """Whether the update can build a run: by its relationship, or because it cancels a trip outside
    the timetable and lists its stops. The cancelled run then stays visible."""
    if update.relationship in ADDING:
        return True
    known = schedule.timetable.trip_ids.index_of(update.trip_id or "") is not None
    return update.relationship == "CANCELED" and bool(update.stop_updates) and not known


def added_trip_key(schedule: FeedSchedule, update: TripUpdate) -> RunKey | RejectionReason:
    """The key of the run that a NEW, ADDED, UNSCHEDULED or DUPLICATED update builds;
    WITHOUT_START if its service day cannot be determined."""
    timetable, properties = schedule.timetable, update.trip_properties or _NO_PROPERTIES
    copies = update.relationship == "DUPLICATED"
    given_day = (properties.start_date if copies else None) or update.start_date
    day = given_day or first_day(schedule, update)
    if day is None or (copies and not given_day):
        return RejectionReason.WITHOUT_START
    ordinal, start = day.day.toordinal(), _start_of(update)
    if copies and properties.trip_id is not None:
        return RunKey(-1, ordinal, properties.trip_id)
    rows = timetable.trip_ids.indexes_of(update.trip_id) if update.trip_id else ()
    if not len(rows):
        return RunKey(-1, ordinal, _trip_id_or_substitute(update))
    if not copies and (start is not None or len(rows) == 1):
        for row in map(int, rows):
            same = start is None or start == schedule.start_of(row)
            if same and timetable.runs_on(row, day):
                return RunKey(row, ordinal)
    return RunKey(-1, ordinal, added_trip_name(update.trip_id or "", start))


def added_trip_name(trip_id: str, start: int | None) -> str:
    """The name of a run whose trip id is also in the timetable. No id contains a line feed."""
    return trip_id if start is None else f"{trip_id}\n{start}"


def has_own_start(name: str) -> bool:
    """Whether `added_trip_name` put a start into this name."""
    return "\n" in name


def first_day(schedule: FeedSchedule, update: TripUpdate) -> ServiceDate | None:
    """The local date of the first time that the stop updates give; None if they give none."""
    for stop in update.stop_updates:
        for event in (stop.departure, stop.arrival):
            if event is not None and event.announced is not None:
                return ServiceDate.of_timestamp(event.announced, schedule.timetable.zone(0))
    return None


def build_added_trip(
    schedule: FeedSchedule, key: RunKey, update: TripUpdate
) -> AddedTrip | RejectionReason:
    """The run that an update builds, or why it builds none.

    `key`: from `added_trip_key`; for a replacement, the key of the run it replaces.
    """
    row = key.trip
    if row < 0 and update.trip_id:
        found = schedule.timetable.trip_ids.index_of(update.trip_id)
        row = -1 if found is None else found
    if update.relationship == "DUPLICATED":
        return _copy_of_timetable_trip(schedule, key, update, row)
    built = _from_stop_updates(schedule, key, update, row)
    can_copy = update.relationship == "ADDED" and row >= 0 and key.trip < 0
    if isinstance(built, RejectionReason) and can_copy and update.start_time is not None:
        return _copy_of_timetable_trip(schedule, key, update, row)
    return built


def _from_stop_updates(
    schedule: FeedSchedule, key: RunKey, update: TripUpdate, row: int
) -> AddedTrip | RejectionReason:
    """The run that the stop updates list. `row`: the timetable trip of the same id, or -1."""
    if not update.stop_updates:
        return RejectionReason.WITHOUT_STOPS
    known = [
        (stop, each) for each in _in_order(update) if (stop := _stop(schedule, each)) is not None
    ]
    if len(known) < 2:
        return RejectionReason.UNKNOWN_STOPS
    timed = [(stop, each, *times) for stop, each in known if (times := _call_times(each))]
    if len(timed) < 2:
        return RejectionReason.WITHOUT_TIMES
    stop_updates = [each for _, each, *_ in timed]
    stops = [stop for stop, *_ in timed]
    # A skipped stop without a time has no position in the run and can be omitted.
    skipped = sum(each.relationship == "SKIPPED" and not _call_times(each) for _, each in known)
    return AddedTrip(
        _trip(schedule, key, update, row, _calls(schedule, update, row, stops, stop_updates)),
        arrivals=tuple(arrival for *_, arrival, _ in timed),
        departures=tuple(departure for *_, departure in timed),
        stop_updates=dict(enumerate(stop_updates)),
        unusable=len(update.stop_updates) - len(timed) - skipped,
    )


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
) -> tuple[AddedCall, ...]:
    given = [each.stop_sequence for each in stop_updates]
    distinct = None not in given and len(set(given)) == len(given)
    headsign = _headsign(schedule, update, row, stops[-1])
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


def _headsign(schedule: FeedSchedule, update: TripUpdate, row: int, last: int) -> str:
    """The update's, else that of the trip `row` if it ends in that place, else the last stop."""
    if update.trip_properties is not None and update.trip_properties.headsign:
        return update.trip_properties.headsign
    if row >= 0:
        trip = TimetableTrip(schedule.timetable, row)
        end = trip.stop(len(trip) - 1)
        if schedule.listed_stop(end) == schedule.listed_stop(last):
            return trip.headsign(0)
    return schedule.timetable.stop_names[schedule.listed_stop(last)]


def _copy_of_timetable_trip(
    schedule: FeedSchedule, key: RunKey, update: TripUpdate, row: int
) -> AddedTrip:
    """A run with the calls of a timetable trip, but another day and start."""
    timetable, original = schedule.timetable, TimetableTrip(schedule.timetable, row)
    start, calls = _start_of(update), timetable.calls_of(row)
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
    timetable, properties = schedule.timetable, update.trip_properties or _NO_PROPERTIES
    named = timetable.route_ids.index_of(update.route_id) if update.route_id else None
    route = named if named is not None else int(timetable.trip_route[row]) if row >= 0 else -1
    trip_id = (
        properties.trip_id if update.relationship == "DUPLICATED" else None
    ) or _trip_id_or_substitute(update)
    direction = int(timetable.trip_direction[row]) if row >= 0 else -1
    start = _start_of(update) if has_own_start(key.name) else None
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


def _start_of(update: TripUpdate) -> int | None:
    """The start of the run in seconds of its service day: a copy's own, else the descriptor's."""
    if (
        update.relationship == "DUPLICATED"
        and update.trip_properties
        and update.trip_properties.start_time is not None
    ):
        return update.trip_properties.start_time
    return update.start_time


def _trip_id_or_substitute(update: TripUpdate) -> str:
    """The trip id, or a substitute made of route, direction and start."""
    if update.trip_id:
        return update.trip_id
    return f"{update.route_id}/{update.direction_id}/{update.start_time}"
