"""Which call of a run each stop_time_update is about.

`stop_sequence` decides, `stop_id` must agree; real feeds break this, so the precedence is:

    1. the call of that stop_sequence, where the stop agrees (same stop, or same station) or is
       not given;
    2. else the call at that stop, where the run calls there once;
    3. else, of the repeated calls at that stop: where the update gives an instant, the one
       scheduled nearest to it that no other update took; otherwise the first free one after the
       call of the update before it in the message;
    4. else the only call of the run in the station of that stop: another platform is named;
    5. else nothing: a prediction is never told of a stop it does not name.

An update that was dropped, or that found its call against its own stop_sequence, counts as a
mismatch. Of two updates for one call the first in the message stands.
https://gtfs.org/documentation/realtime/reference/#message-stoptimeupdate
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mobilite.realtime.domain.trip_update import StopTimeUpdate
from mobilite.timetable.domain.scheduled_calls import Calls

MOST_LATE = 24 * 3600
MOST_EARLY = 12 * 3600
"""Seconds: a predicted instant further than this from the schedule is a mistake, not a delay. What
lies half a day early belongs to another day's run: its start_date is wrong."""


@dataclass(frozen=True, slots=True)
class StopMatches:
    """The updates by position of their call, and how many broke the rules.

    `early` and `late` are the most seconds any of them lies before its schedule, and after it.
    """

    updates: dict[int, StopTimeUpdate]
    mismatched: int = 0
    early: int = 0
    late: int = 0


def match_stops(
    calls: Calls, updates: Sequence[StopTimeUpdate], station_of: Callable[[str], str | None]
) -> StopMatches:
    """Match the updates of one run. `station_of` gives the parent of a stop, if it has one."""
    found = _by_sequence(calls, updates, station_of)
    doubtful: Sequence[bool] = ()
    if None in found:
        doubtful = [
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
        if low >= -MOST_EARLY and high <= MOST_LATE:
            matched[position] = update
            early = -low if -low > early else early
            late = high if high > late else late
    mismatched = len(updates) - len(matched)
    if any(doubtful):
        # Those that found their call all the same.
        kept = {id(update) for update in matched.values()}
        mismatched += sum(
            doubt and id(update) in kept for doubt, update in zip(doubtful, updates, strict=True)
        )
    return StopMatches(matched, mismatched, early, late)


def _by_sequence(
    calls: Calls, updates: Sequence[StopTimeUpdate], station_of: Callable[[str], str | None]
) -> list[int | None]:
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


def _by_stop(calls: Calls, updates: Sequence[StopTimeUpdate], found: list[int | None]) -> None:
    """Find by their stop the updates not found yet: single calls first, then repeated ones."""
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
            nearest = _nearest(calls, updates[index], before)
            found[index] = min(free, key=nearest)
            taken.add(min(free, key=nearest))


def _by_station(
    calls: Calls,
    updates: Sequence[StopTimeUpdate],
    found: list[int | None],
    station_of: Callable[[str], str | None],
) -> None:
    """Find what names another platform of a station the run calls at once."""
    for index, update in enumerate(updates):
        if found[index] is not None or update.stop_id is None:
            continue
        station = station_of(update.stop_id)
        if station is None:
            continue
        there = [n for n, stop_id in enumerate(calls.stop_ids) if station_of(stop_id) == station]
        if len(there) == 1:
            found[index] = there[0]


def _nearest(calls: Calls, update: StopTimeUpdate, before: int) -> Callable[[int], tuple[int, int]]:
    """How badly a call suits an update: by time where it gives one, else by its place after."""
    time = update.time
    if time is not None:
        return lambda position: (abs(calls.departures[position] - time), position)
    return lambda position: (position < before, position)


def deviations(calls: Calls, position: int, update: StopTimeUpdate) -> tuple[int, int]:
    """How far from its schedule an update lies, in seconds: the least and the most of zero and what
    its events tell."""
    low = high = 0
    for event, times in ((update.arrival, calls.arrivals), (update.departure, calls.departures)):
        if event is not None:
            told = event.delay if event.time is None else event.time - times[position]
            if told is not None:
                low, high = (told if told < low else low), (told if told > high else high)
    return low, high


def plausible(calls: Calls, position: int, update: StopTimeUpdate) -> bool:
    """Whether an update tells of its call no time that must be a mistake."""
    low, high = deviations(calls, position, update)
    return low >= -MOST_EARLY and high <= MOST_LATE
