"""The calls of runs with an update, by stop: a board reads these instead of every run of the
day.

Entries are sorted by scheduled departure. They do not change when only predictions change, but
when a run appears, disappears, moves to another platform or is built again.
"""

from collections.abc import Iterable, Mapping

from mobilite.realtime.domain.run import Run
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.timetable.domain.feed_schedule import FeedSchedule

StopCall = tuple[int, RunKey, int]
"""A call of a run with an update: its scheduled departure (POSIX seconds), the run, the
position.
"""

StopIndex = Mapping[int, tuple[StopCall, ...]]
"""By row of the stop."""


def reindexed(
    index: StopIndex,
    schedule: FeedSchedule,
    touched: Iterable[RunKey],
    *,
    before: Mapping[RunKey, Run],
    after: Mapping[RunKey, Run],
) -> StopIndex:
    """The index after the touched runs changed from those in `before` to those in `after`. It
    shares the entries of unchanged stops."""
    removed: dict[int, list[StopCall]] = {}
    added: dict[int, list[StopCall]] = {}
    for key in touched:
        old, new = before.get(key), after.get(key)
        if old is not None and new is not None and _plain(old) and _plain(new):
            continue
        for run, edits in ((old, removed), (new, added)):
            if run is not None:
                _add(schedule, run, edits)
    if not (removed or added):
        return index
    edited = {}
    for stop in removed.keys() | added.keys():
        calls = index.get(stop, ())
        if stop in removed:
            calls = tuple(set(calls).difference(removed[stop]))
        edited[stop] = tuple(sorted((*calls, *added.get(stop, ()))))
    return {stop: calls for stop, calls in {**index, **edited}.items() if calls}


def stops_touched(
    schedule: FeedSchedule, *, before: Mapping[RunKey, Run], after: Mapping[RunKey, Run]
) -> frozenset[int]:
    """The rows of the stops of the runs that are not identical before and after."""
    touched: set[int] = set()
    for key, new in after.items():
        old = before.get(key)
        if old is new:
            continue
        _add_stops(schedule, new, touched)
        if old is not None and not _plain(old):
            _add_stops(schedule, old, touched)
    for key in before.keys() - after.keys():
        _add_stops(schedule, before[key], touched)
    return frozenset(touched)


def _add_stops(schedule: FeedSchedule, run: Run, stops: set[int]) -> None:
    if run.key.trip >= 0:
        # The scheduled stops too: calls that a replacement does not make, or that moved to
        # another platform.
        stops.update(stop for stop, _ in schedule.boardings(run.key.trip))
    if not _plain(run):
        stops.update(stop for stop, _ in run.boardings())


def _plain(run: Run) -> bool:
    """Whether all its calls are at their scheduled stops."""
    return not run.changes and not run.trip.outside_timetable and not run.trip.modified


def _add(schedule: FeedSchedule, run: Run, edits: dict[int, list[StopCall]]) -> None:
    """Add the calls of a run to `edits`, by stop."""
    key, departures = run.key, run.departures
    boardings = schedule.boardings(key.trip) if _plain(run) else run.boardings()
    for stop, position in boardings:
        call = departures[position], key, position
        if stop in edits:
            edits[stop].append(call)
        else:
            edits[stop] = [call]
