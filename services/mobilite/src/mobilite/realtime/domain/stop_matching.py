"""Matches each stop_time_update to a call of the run.

`stop_sequence` decides, `stop_id` must agree; real feeds violate this, so the precedence is:

    1. the call with that stop_sequence, if the stop agrees (same stop, or same station) or is
       not given;
    2. else the call at that stop, if the run calls there once;
    3. else, of the repeated calls at that stop: if the update has an instant, the unmatched one
       scheduled nearest to it; otherwise the first unmatched one after the call of the previous
       update in the message;
    4. else the only call of the run in the station of that stop (another platform);
    5. else none: a prediction is never applied to another stop.

An update that was dropped, or whose call contradicts its stop_sequence, counts as a mismatch. Of
two updates for one call the first in the message is used.
https://gtfs.org/documentation/realtime/reference/#message-stoptimeupdate
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from mobilite.realtime.domain.trip_update import StopTimeUpdate
from mobilite.timetable.domain.scheduled_calls import ScheduledCalls

MAX_LATE = 24 * 3600
"""Seconds: a greater delay is a mistake."""
MAX_EARLY = 12 * 3600
"""Seconds: a prediction half a day early belongs to another day's run, its start_date is wrong."""


@dataclass(frozen=True, slots=True)
class StopMatches:
    """The stop updates of a run, matched to its calls."""

    updates: dict[int, StopTimeUpdate]
    """By position of the call."""
    mismatched: int = 0
    """How many were dropped, or contradict their stop_sequence."""
    early: int = 0
    """The largest earliness of a matched update, in seconds."""
    late: int = 0
    """The largest delay of a matched update, in seconds."""
    corrected_sequences: Mapping[int, int | None] = field(default_factory=dict)
    """For each update that contradicts its stop_sequence, by place in the message: that of its
    call; None if it was dropped."""


def match_stops(
    calls: ScheduledCalls,
    updates: Sequence[StopTimeUpdate],
    station_of: Callable[[str], str | None],
) -> StopMatches:
    """Match the updates of one run to its calls.

    `station_of` gives the parent of a stop by local id, None if it has none.
    """
    found = _by_sequence(calls, updates, station_of)
    contradicting: Sequence[bool] = ()
    if None in found:
        contradicting = [
            position is None and update.stop_sequence is not None
            for position, update in zip(found, updates, strict=True)
        ]
        _by_stop(calls, updates, found)
        _by_station(calls, updates, found, station_of)
    matched: dict[int, StopTimeUpdate] = {}
    early = late = 0
    for position, update in zip(found, updates, strict=True):
        if position is None or position in matched:
            continue
        low, high = deviations(calls, position, update)
        if low >= -MAX_EARLY and high <= MAX_LATE:
            matched[position] = update
            early = -low if -low > early else early
            late = high if high > late else late
    mismatched, corrected = len(updates) - len(matched), dict[int, int | None]()
    if any(contradicting):
        sequences = {id(update): calls.sequences[place] for place, update in matched.items()}
        corrected = {
            place: sequences.get(id(update))
            for place, update in enumerate(updates)
            if contradicting[place]
        }
        # Those that were matched nevertheless: the others are already counted.
        mismatched += sum(sequence is not None for sequence in corrected.values())
    return StopMatches(matched, mismatched, early, late, corrected)


def _by_sequence(
    calls: ScheduledCalls,
    updates: Sequence[StopTimeUpdate],
    station_of: Callable[[str], str | None],
) -> list[int | None]:
    """For each update the position of the call with its stop_sequence, if the stop agrees."""
    by_sequence: dict[int | None, int] = {n: place for place, n in enumerate(calls.sequences)}
    stop_ids, found = calls.stop_ids, []
    for update in updates:
        position, stop_id = by_sequence.get(update.stop_sequence), update.stop_id
        if position is not None and stop_id is not None and stop_id != stop_ids[position]:
            station = station_of(stop_id)
            agrees = station is not None and station == station_of(stop_ids[position])
            position = position if agrees else None
        found.append(position)
    return found


def _by_stop(
    calls: ScheduledCalls, updates: Sequence[StopTimeUpdate], found: list[int | None]
) -> None:
    """Match the updates without a position in `found` by stop: first those at stops with a single
    call, then those at stops with several."""
    by_stop: dict[str, list[int]] = {}
    for position, stop_id in enumerate(calls.stop_ids):
        by_stop.setdefault(stop_id, []).append(position)
    repeated = []
    for index, update in enumerate(updates):
        there = by_stop.get(update.stop_id or "", [])
        if found[index] is None and len(there) == 1:
            found[index] = there[0]
        elif found[index] is None and there:
            repeated.append((index, there))

    taken = {position for position in found if position is not None}
    for index, there in repeated:
        free = [position for position in there if position not in taken]
        before = next((each for each in reversed(found[:index]) if each is not None), -1)
        if free:
            nearest = min(free, key=_nearness(calls, updates[index], before))
            found[index] = nearest
            taken.add(nearest)


def _by_station(
    calls: ScheduledCalls,
    updates: Sequence[StopTimeUpdate],
    found: list[int | None],
    station_of: Callable[[str], str | None],
) -> None:
    """Match the updates without a position in `found` that give another platform of a station."""
    for index, update in enumerate(updates):
        if found[index] is not None or update.stop_id is None:
            continue
        station = station_of(update.stop_id)
        if station is None:
            continue
        there = [n for n, stop_id in enumerate(calls.stop_ids) if station_of(stop_id) == station]
        if len(there) == 1:
            found[index] = there[0]


def _nearness(
    calls: ScheduledCalls, update: StopTimeUpdate, before: int
) -> Callable[[int], tuple[int, int]]:
    """The sort key of call positions for an update: by distance in time if the update has an
    instant, else the positions after `before` first."""
    time = update.time
    if time is not None:
        return lambda position: (abs(calls.departures[position] - time), position)
    return lambda position: (position < before, position)


def deviations(calls: ScheduledCalls, position: int, update: StopTimeUpdate) -> tuple[int, int]:
    """The least and greatest deviation of an update from the schedule in seconds: at most 0 and
    at least 0."""
    low = high = 0
    for event, times in ((update.arrival, calls.arrivals), (update.departure, calls.departures)):
        if event is not None:
            deviation = event.delay if event.time is None else event.time - times[position]
            if deviation is not None:
                low, high = (
                    (deviation if deviation < low else low),
                    (deviation if deviation > high else high),
                )
    return low, high


def plausible(calls: ScheduledCalls, position: int, update: StopTimeUpdate) -> bool:
    """Whether the times of an update are plausible for its call."""
    low, high = deviations(calls, position, update)
    return low >= -MAX_EARLY and high <= MAX_LATE
