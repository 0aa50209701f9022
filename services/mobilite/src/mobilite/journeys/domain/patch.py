"""A day network with real time: a new one that shares what did not change.

A delayed run stays in its slot if it still follows the run before it, and is followed by the run
after it, at every stop. If not, it moves to an extra lane of its pattern; so does a run whose stops
or rules changed, and one outside the timetable. A slot left empty repeats its neighbour, so that
the lane stays in order. Every patch starts from the day by the schedule: nothing accumulates.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mobilite.journeys.domain.day_network import DayNetwork
from mobilite.journeys.domain.extra_lanes import ExtraRuns, with_extra_lanes
from mobilite.journeys.domain.fit_runs import fit_runs
from mobilite.journeys.domain.lanes import Lanes
from mobilite.journeys.domain.live_run import LiveRun
from mobilite.timetable.domain.timetable import I32, Bool


def patched(day: DayNetwork, changed: Sequence[LiveRun]) -> DayNetwork:
    """The day with these runs in real time. `day`: by the schedule; one run, one row."""
    runs = len(changed)
    trips = np.fromiter((run.trip for run in changed), np.int32, runs)
    days = np.fromiter((run.day for run in changed), np.int32, runs)
    length = np.fromiter((len(run.arrivals) for run in changed), np.int32, runs)
    plain = np.fromiter((run.own_calls is None for run in changed), np.bool_, runs)
    slots = day.runs_of(trips, days)
    timed = _timed(day, changed, slots, plain)
    call = np.full(runs, -1, np.int32)
    call[timed] = np.cumsum(length[timed]) - length[timed]
    lanes = _with_times(day, [changed[row] for row in np.flatnonzero(timed).tolist()])
    order = np.argsort(slots, kind="stable")
    order = order[slots[order] >= 0]
    lane = (np.searchsorted(lanes.first, slots[order], side="right") - 1).astype(np.int32)
    fitting = np.where(plain, call, -1)[order].astype(np.int32)
    size, slot_call, slot_zero, slot_run, stays = fit_runs(lanes, lane, slots[order], fitting)
    lanes = lanes._replace(size=size, slot_call=slot_call, slot_zero=slot_zero, slot_run=slot_run)
    timed[order[stays]] = False
    rows = np.flatnonzero(timed)
    extra = ExtraRuns(
        [changed[row] for row in rows.tolist()], slots[rows], call[rows], length[rows], plain[rows]
    )
    return with_extra_lanes(replace(day, lanes=lanes), extra)


def _timed(day: DayNetwork, changed: Sequence[LiveRun], slots: I32, plain: Bool) -> Bool:
    """bool[runs]: which of them take place on the day."""
    timed = np.fromiter((run.takes_place for run in changed), np.bool_, len(changed))
    timed &= ~plain | (slots >= 0)
    for row in np.flatnonzero(timed & ~plain).tolist():
        run = changed[row]
        timed[row] = day.overlaps(int(run.arrivals[0]), int(run.departures[-1]))
    return timed


def _with_times(day: DayNetwork, timed: Sequence[LiveRun]) -> Lanes:
    """The lanes of the day, with the times of these runs in the live arrays."""
    empty = np.empty(0, np.int64)
    arrivals = np.concatenate([empty, *(run.arrivals for run in timed)])
    departures = np.concatenate([empty, *(run.departures for run in timed)])
    return day.lanes._replace(
        live_arrival=(arrivals - day.origin).astype(np.int32),
        live_departure=(departures - day.origin).astype(np.int32),
    )
