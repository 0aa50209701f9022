"""The runs of a line's timetable. Those without real time, most of them, are read from the arrays
at once: a line can have thousands of calls a day."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run import State
from mobilite.realtime.domain.run_calls import RunCall, get_run_trip, list_calls
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import RunTrip
from mobilite.routes.domain.stop_rows import merge_patterns
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.scheduled_calls import run_start


class TimetableCall(NamedTuple):
    """One call of a run. Times are POSIX seconds."""

    row: int
    """Its row of the timetable of the line."""
    stop: int
    """The stop served, a row of the feed's timetable."""
    arrival: int
    departure: int
    predicted: int | None
    """The predicted departure; at the last call the predicted arrival."""
    delay: int | None
    state: State
    pickup: int
    drop_off: int
    approximate: bool


@dataclass(frozen=True, slots=True)
class TimetableRun:
    """A run, and where it calls."""

    key: RunKey
    trip: RunTrip
    headway: bool
    """Whether it runs by headway: its times are an example."""
    cancelled: bool
    first_row: int
    """The row of its first call, whether it is among `calls` or not."""
    last_row: int
    calls: tuple[TimetableCall, ...]
    """By row, ascending."""


@dataclass(frozen=True, slots=True)
class RunRows:
    """The rows of a timetable, and its runs."""

    stops: tuple[int, ...]
    """The stop of each row."""
    runs: tuple[TimetableRun, ...]


def timetable_runs(
    feed: FeedSnapshot,
    schedule: FeedSchedule,
    keys: Sequence[RunKey],
    *,
    now: int,
    at_stop: int | None = None,
) -> RunRows:
    """The rows of these runs, and the runs with their calls in them. `now`: POSIX seconds.
    `at_stop`: only the calls there (a listed stop), and the runs that call there; None: all."""
    listed, timetable = schedule.listed_stop, schedule.timetable
    live = {key: list_calls(feed, key, now=now) for key in keys if key in feed.runs}
    called = {
        key: tuple(call.scheduled_stop for call in live[key])
        if key in live
        else timetable.call_stop[timetable.calls_of(key.trip)].tobytes()
        for key in keys
    }
    # Runs have few different patterns: each is read once.
    patterns = {
        each: tuple(map(listed, memoryview(each).cast("i") if isinstance(each, bytes) else each))
        for each in set(called.values())
    }
    count = Counter(patterns[called[key]] for key in keys)
    ordered = sorted(count, key=lambda each: (-count[each], -len(each), each))
    merged = merge_patterns(ordered)
    rows_of = dict(zip(ordered, merged.patterns, strict=True))
    wanted = None
    if at_stop is not None:
        wanted = {row for row, stop in enumerate(merged.stops) if stop == at_stop}
    runs = (
        _run(feed, schedule, key, rows_of[patterns[called[key]]], live.get(key), wanted)
        for key in keys
    )
    return RunRows(merged.stops, tuple(run for run in runs if run.calls))


def _run(
    feed: FeedSnapshot,
    schedule: FeedSchedule,
    key: RunKey,
    rows: Sequence[int],
    live: Sequence[RunCall] | None,
    wanted: Collection[int] | None,
) -> TimetableRun:
    trip = get_run_trip(feed, key)
    calls = (
        _scheduled(schedule, key, rows, wanted)
        if live is None
        else _live(rows, live, trip.approximate, wanted)
    )
    exact = schedule.timetable.trip_exact_times
    return TimetableRun(
        key,
        trip,
        headway=key.trip >= 0 and int(exact[key.trip]) == 0,
        cancelled=live is not None and all(call.state == "cancelled" for call in live),
        first_row=rows[0],
        last_row=rows[-1],
        calls=calls,
    )


def _scheduled(
    schedule: FeedSchedule, key: RunKey, rows: Sequence[int], wanted: Collection[int] | None
) -> tuple[TimetableCall, ...]:
    timetable, calls = schedule.timetable, schedule.timetable.calls_of(key.trip)
    zero = run_start(timetable, key.trip, key.day)
    by_headway = int(timetable.trip_exact_times[key.trip]) == 0
    columns = zip(
        rows,
        timetable.call_stop[calls].tolist(),
        timetable.call_arrival[calls].tolist(),
        timetable.call_departure[calls].tolist(),
        timetable.call_pickup[calls].tolist(),
        timetable.call_drop_off[calls].tolist(),
        timetable.call_timepoint[calls].tolist(),
        strict=True,
    )
    return tuple(
        TimetableCall(
            row,
            stop,
            zero + arrival,
            zero + departure,
            None,
            None,
            "scheduled",
            pickup,
            drop_off,
            by_headway or timepoint == 0,
        )
        for row, stop, arrival, departure, pickup, drop_off, timepoint in columns
        if wanted is None or row in wanted
    )


def _live(
    rows: Sequence[int],
    calls: Sequence[RunCall],
    approximate: Callable[[int], bool],
    wanted: Collection[int] | None,
) -> tuple[TimetableCall, ...]:
    found, last = [], len(calls) - 1
    for place, (row, call) in enumerate(zip(rows, calls, strict=True)):
        if wanted is not None and row not in wanted:
            continue
        scheduled = call.arrival if place == last else call.departure
        predicted = call.predicted_arrival if place == last else call.predicted_departure
        found.append(
            TimetableCall(
                row,
                call.stop,
                call.arrival,
                call.departure,
                predicted,
                predicted - scheduled if predicted is not None and call.planned else None,
                call.state,
                call.pickup,
                call.drop_off,
                call.position >= 0 and approximate(call.position),
            )
        )
    return tuple(found)
