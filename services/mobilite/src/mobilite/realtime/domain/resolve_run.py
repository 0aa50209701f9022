"""From the updates that speak of one run to the run: which of them is believed, what the run is
made of, what each call keeps to.

Several updates may claim a run: two addresses, or a NEW one and its cancellation. A person's word
is believed before any software's, then the one measured last; one of an address that fell silent
only where no other speaks. A run outside the timetable is made by the best believed of those that
say its stops.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from zlib import crc32

from mobilite.realtime.domain.added_trips import MAKING, OwnRun, make_run, makes_a_run, own_name
from mobilite.realtime.domain.propagation import cancelled, propagate
from mobilite.realtime.domain.run import OWN_CALLS, CallChange, Resolution, Run
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import RunTrip, TimetableTrip
from mobilite.realtime.domain.stop_matching import StopMatches, match_stops, plausible
from mobilite.realtime.domain.trip_update import StopTimeUpdate, TripUpdate
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.scheduled_calls import Calls
from mobilite.timetable.domain.timetable import STATION

ENDED = ("CANCELED", "DELETED")


def resolve(
    schedule: FeedSchedule, key: RunKey, claims: Iterable[TripUpdate], trust: Mapping[int, int]
) -> Run | None:
    """The run of that name; None where the timetable has none and nobody says its stops.

    `trust` says of an address how far it is believed beside the others; 1 where it says nothing.
    """
    believed = sorted(
        claims,
        key=lambda each: (trust.get(each.source, 1), each.seen_at, each.key),
        reverse=True,
    )
    if key.trip >= 0 and believed[0].relationship not in MAKING - {"UNSCHEDULED"}:
        return _of_timetable(schedule, key, believed[0])
    for update in believed:
        made = make_run(schedule, key, update) if makes_a_run(schedule, update) else None
        if isinstance(made, OwnRun):
            return _own(schedule, key, believed[0], made, made_by=update)
    return None


def _of_timetable(schedule: FeedSchedule, key: RunKey, update: TripUpdate) -> Run:
    calls, trip = schedule.run_calls(key.trip, key.day), TimetableTrip(schedule.timetable, key.trip)
    said = () if update.relationship in ENDED else update.stop_updates
    matches = match_stops(calls, said, schedule.station_of)
    order = int(schedule.timetable.trip_first[key.trip])
    place = schedule.route_rank[trip.route], order, 0
    return _run(schedule, key, update, trip, calls, matches, place)


def _own(
    schedule: FeedSchedule, key: RunKey, update: TripUpdate, made: OwnRun, *, made_by: TripUpdate
) -> Run:
    trip = made.trip
    calls = Calls(
        stop_ids=[schedule.stop_id(call.stop) for call in trip.calls],
        sequences=[call.sequence for call in trip.calls],
        arrivals=made.arrivals,
        departures=made.departures,
    ).in_order()
    if update.relationship in ENDED:
        matches = StopMatches({})
    elif update is made_by and made.words is not None:
        words = {at: word for at, word in made.words.items() if plausible(calls, at, word)}
        matches = StopMatches(words, made.left_out + len(made.words) - len(words))
    else:
        matches = match_stops(calls, update.stop_updates, schedule.station_of)
        if update is made_by:
            calls = _rescheduled(calls, matches.updates)
    # Lines the timetable does not know stand after those it knows.
    rank = schedule.route_rank[trip.route] if trip.route >= 0 else len(schedule.route_rank)
    place = rank, OWN_CALLS, crc32(own_name(trip.trip_id, trip.start).encode())
    run = _run(schedule, key, update, trip, calls, matches, place)
    # What an operator announces may contradict itself, so that words alone bound nothing.
    spread = [told - at for told, at in zip(run.calls.departures, run.departures, strict=True)]
    return replace(
        run,
        early=max(0, -min(spread)),
        late=max(0, *spread),
        left_out=_left_out(schedule, key.trip, trip) if key.trip >= 0 else {},
    )


def _left_out(schedule: FeedSchedule, row: int, made: RunTrip) -> Mapping[int, int]:
    """The calls of a trip that the run in its place does not make, by `Run.left_out`'s rule.

    Another platform of the station is no other call. Of repeated calls at one stop the first are
    made.
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


def _rescheduled(calls: Calls, words: Mapping[int, StopTimeUpdate]) -> Calls:
    """A copy whose operator says a schedule of its own for some calls."""
    arrivals, departures = list(calls.arrivals), list(calls.departures)
    for position, word in words.items():
        for event, times in ((word.arrival, arrivals), (word.departure, departures)):
            if event is not None and event.scheduled is not None:
                times[position] = event.scheduled
    return Calls(calls.stop_ids, calls.sequences, arrivals, departures).in_order()


def _run(
    schedule: FeedSchedule,
    key: RunKey,
    update: TripUpdate,
    trip: RunTrip,
    calls: Calls,
    matches: StopMatches,
    place: tuple[int, int, int],
) -> Run:
    arrivals, departures = tuple(calls.arrivals), tuple(calls.departures)
    words, delay = matches.updates, update.delay or 0
    if update.relationship in ENDED:
        resolution = Resolution(partial(cancelled, arrivals, departures))
    else:
        resolution = Resolution(partial(propagate, arrivals, departures, words, update.delay))
    changes, misassigned = _changes(schedule, calls, words)
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
        # Nothing inferred lies further from its schedule than what it is inferred from.
        early=max(matches.early, -delay),
        late=max(matches.late, delay),
        hidden=update.relationship == "DELETED",
        mismatched=matches.mismatched,
        misassigned=misassigned,
    )


def _changes(
    schedule: FeedSchedule, calls: Calls, words: Mapping[int, StopTimeUpdate]
) -> tuple[Mapping[int, CallChange], int]:
    """What the updates change at their calls beside times, and the platforms that are none of the
    station's (rule 11 of the reference: ignored)."""
    changes, misassigned = {}, 0
    for position, word in words.items():
        scheduled, own = calls.stop_ids[position], word.properties
        if own is None and word.stop_id in (None, scheduled):
            continue
        named = word.stop_id if own is None else own.assigned_stop_id or word.stop_id
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
    """The platform of that name, where it is one of the same station."""
    row, station = schedule.timetable.stop_ids.index_of(named), schedule.station_of(named)
    if row is None or schedule.timetable.stop_kind[row] >= STATION:
        return None
    return row if station is not None and station == schedule.station_of(scheduled) else None
