"""Builds a modified trip: the calls of a timetable trip after its TripModifications.

    spans        each modification replaces the calls from `start` to `end` by its stops; without
                 `end` it inserts them before `start`. Spans must not overlap
    times        a replacement stop has the arrival at the reference stop plus its travel time, else
                 a time between its neighbours. The reference stop is the call before the span, or
                 the first one of the trip
    delays       of each modification, apply to the calls after it, and add up
    sequences    1 to n

A modification that cannot be applied, since it selects no call of the trip, overlaps another or
has implausible times, leaves the trip as it is. A replacement stop that is not in the timetable
has a stop_sequence, but no call.
https://gtfs.org/documentation/realtime/feed-entities/trip-modifications/
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import AddedCall, AddedTripInfo, TimetableTrip
from mobilite.realtime.domain.stop_matching import MAX_EARLY, MAX_LATE
from mobilite.realtime.domain.trip_modifications import (
    Modification,
    StopSelector,
    TripModifications,
    modifications_by_run,
)
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.scheduled_calls import ScheduledCalls
from mobilite.timetable.domain.timetable import STATION


@dataclass(frozen=True, slots=True)
class ModifiedTrip:
    """A modified trip: its calls, their schedule, and what became of the original ones."""

    modifications: TripModifications
    trip: AddedTripInfo
    calls: ScheduledCalls
    origins: tuple[int | None, ...]
    """For each call its position in the original trip; None for a replacement stop."""
    left_out: Mapping[int, int]
    """As `Run.left_out`."""


class _Span(NamedTuple):
    """The original calls from `start` to before `end`, which a modification replaces."""

    start: int
    end: int
    modification: Modification


class _Call(NamedTuple):
    """A call of the modified trip. Times in POSIX seconds."""

    origin: int | None
    """Its position in the original trip; None for a replacement stop."""
    stop_id: str
    arrival: int
    departure: int
    near: int
    """The position of the original call whose headsign it has."""
    approximate: bool


def build_modified_trips(
    schedule: FeedSchedule,
    modifications: Mapping[str, TripModifications],
    before: Mapping[RunKey, ModifiedTrip],
) -> dict[RunKey, ModifiedTrip]:
    """The modified trip of each run that has one. `modifications`: by record key. `before`: the
    previous ones, of which those with the same modifications are reused."""
    found: dict[RunKey, ModifiedTrip] = {}
    for key, each in modifications_by_run(schedule.timetable, modifications).items():
        old = before.get(key)
        reused = old is not None and old.modifications is each
        trip = old if reused else _build_modified_trip(schedule, key, each)
        if trip is not None:
            found[key] = trip
    return found


def _build_modified_trip(
    schedule: FeedSchedule, key: RunKey, modifications: TripModifications
) -> ModifiedTrip | None:
    """The run of the timetable `key` with these modifications; None if they cannot be applied."""
    original = schedule.run_calls(key.trip, key.day)
    spans = _spans(schedule, original, modifications.modifications)
    if spans is None:
        return None
    modified = [*_modified_calls(original, spans)]
    first, last = original.arrivals[0] - MAX_EARLY, original.departures[-1] + MAX_LATE
    if not all(first <= call.arrival and call.departure <= last for call in modified):
        return None
    numbered = [
        (number, row, call)
        for number, call in enumerate(modified, start=1)
        if (row := _stop_row(schedule, call.stop_id)) is not None
    ]
    if len(numbered) < 2:
        return None
    calls = ScheduledCalls(
        stop_ids=[call.stop_id for *_, call in numbered],
        sequences=[number for number, *_ in numbered],
        arrivals=[call.arrival for *_, call in numbered],
        departures=[call.departure for *_, call in numbered],
    ).in_order()
    origins = tuple(call.origin for *_, call in numbered)
    continues = numbered[-1][0] < len(modified)
    trip = _trip(schedule, key, modifications, numbered, continues=continues)
    left_out = _left_out(len(original.stop_ids), origins)
    return ModifiedTrip(modifications, trip, calls, origins, left_out)


def _spans(
    schedule: FeedSchedule, calls: ScheduledCalls, modifications: Sequence[Modification]
) -> list[_Span] | None:
    """The spans in order; None if one selects no call or overlaps another."""
    spans = []
    for each in modifications:
        start = _find_call(schedule, calls, each.start)
        last = start if each.end is None else _find_call(schedule, calls, each.end)
        if start is None or last is None or last < start:
            return None
        spans.append(_Span(start, start if each.end is None else last + 1, each))
    spans.sort(key=lambda span: span[:2])
    overlap = any(span.end > later.start for span, later in pairwise(spans))
    return None if overlap else spans


def _find_call(schedule: FeedSchedule, calls: ScheduledCalls, selector: StopSelector) -> int | None:
    """The position of the selected call: by stop_sequence if the stop agrees or is not given, else
    the only call at the stop."""
    if selector.stop_sequence in calls.sequences:
        position = calls.sequences.index(selector.stop_sequence)
        at, wanted = calls.stop_ids[position], selector.stop_id
        station = None if wanted is None else schedule.station_of(wanted)
        if wanted in (None, at) or (station is not None and station == schedule.station_of(at)):
            return position
    there = [n for n, stop_id in enumerate(calls.stop_ids) if stop_id == selector.stop_id]
    return there[0] if len(there) == 1 else None


def _modified_calls(calls: ScheduledCalls, spans: Sequence[_Span]) -> Iterator[_Call]:
    delay = position = 0
    for span in spans:
        for place in range(position, span.start):
            yield _original_call(calls, place, delay)
        yield from _replacement_calls(calls, span, delay)
        delay += span.modification.delay
        position = span.end
    for place in range(position, len(calls.stop_ids)):
        yield _original_call(calls, place, delay)


def _original_call(calls: ScheduledCalls, place: int, delay: int) -> _Call:
    arrival, departure = calls.arrivals[place] + delay, calls.departures[place] + delay
    return _Call(place, calls.stop_ids[place], arrival, departure, place, approximate=False)


def _replacement_calls(calls: ScheduledCalls, span: _Span, delay: int) -> Iterator[_Call]:
    """The calls at the replacement stops. `delay`: of the modifications before."""
    stops, near = span.modification.replacement_stops, max(span.start - 1, 0)
    times = _arrivals(calls, span, delay)
    for stop, time in zip(stops, times, strict=True):
        approximate = stop.travel_time is None
        yield _Call(None, stop.stop_id, time, time, near, approximate)


def _arrivals(calls: ScheduledCalls, span: _Span, delay: int) -> list[int]:
    """The arrival at each replacement stop: from the reference stop, else between the known
    neighbours in equal steps."""
    stops, end_delay = span.modification.replacement_stops, delay + span.modification.delay
    reference = calls.arrivals[max(span.start - 1, 0)] + delay
    known = {
        place: reference + stop.travel_time
        for place, stop in enumerate(stops)
        if stop.travel_time is not None
    }
    known.setdefault(-1 if span.start > 0 else 0, reference)
    if span.end < len(calls.arrivals):
        known[len(stops)] = calls.arrivals[span.end] + end_delay
    else:
        known.setdefault(len(stops) - 1, calls.arrivals[-1] + end_delay)
    places = sorted(known)
    return [_time_between(known, places, place) for place in range(len(stops))]


def _time_between(known: Mapping[int, int], places: Sequence[int], place: int) -> int:
    """The known time of a place, else one between those of its neighbours. `places`: sorted, those
    with a known time."""
    index = bisect_left(places, place)
    after = places[index]
    if after == place:
        return known[place]
    before = places[index - 1]
    share = (known[after] - known[before]) * (place - before)
    return known[before] + share // (after - before)


def _stop_row(schedule: FeedSchedule, stop_id: str) -> int | None:
    row = schedule.timetable.stop_ids.index_of(stop_id)
    return None if row is None or schedule.timetable.stop_kind[row] > STATION else row


def _left_out(length: int, origins: Sequence[int | None]) -> dict[int, int]:
    """The original calls that are not made, as `Run.left_out`: each after the last original call
    before it that is made."""
    left_out, before = dict[int, int](), -1
    made = {origin: place for place, origin in enumerate(origins)}
    for position in range(length):
        if position in made:
            before = made[position]
        else:
            left_out[position] = before
    return left_out


def _trip(
    schedule: FeedSchedule,
    key: RunKey,
    modifications: TripModifications,
    calls: Sequence[tuple[int, int, _Call]],
    *,
    continues: bool,
) -> AddedTripInfo:
    """The trip with those calls: stop_sequence, stop row and call of each."""
    original, last = TimetableTrip(schedule.timetable, key.trip), calls[-1][1]
    return AddedTripInfo(
        trip_id=original.trip_id,
        row=key.trip,
        route=original.route,
        route_id=original.route_id,
        direction=original.direction,
        start=original.start,
        wheelchair=original.wheelchair,
        calls=tuple(
            _added_call(schedule, original, number, row, call, last) for number, row, call in calls
        ),
        shape_id=modifications.shape_ids.get(original.trip_id),
        continues=continues,
        modified=True,
    )


def _added_call(
    schedule: FeedSchedule, original: TimetableTrip, number: int, row: int, call: _Call, last: int
) -> AddedCall:
    """`last`: the row of the last stop, which is the headsign of a trip without one."""
    timetable, place = schedule.timetable, call.origin
    headsign = timetable.headsign(original.call(call.near)) or timetable.stop_names[last]
    if place is None:
        return AddedCall(row, number, headsign, approximate=call.approximate, replacement=True)
    return AddedCall(
        row,
        number,
        headsign,
        original.pickup(place),
        original.drop_off(place),
        original.approximate(place),
    )
