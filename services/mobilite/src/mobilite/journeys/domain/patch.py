"""A day network with real time: a new one that shares what did not change.

A delayed run stays in its slot if it still follows the run before it, and is followed by the run
after it, at every stop. If not, it moves to an extra lane of its pattern; so does a run whose stops
or rules changed, and one outside the timetable. A chain is like a run: it changes with each of its
runs (`in_seat/live_chains.py`). A slot left empty repeats its neighbour, so that
the lane stays in order. Every patch starts from the day by the schedule: nothing accumulates.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mobilite.journeys.domain.day_network import DayNetwork
from mobilite.journeys.domain.extra_lanes import ExtraRuns, with_extra_lanes
from mobilite.journeys.domain.fit_runs import fit_runs
from mobilite.journeys.domain.in_seat.live_chains import live_chains
from mobilite.journeys.domain.lanes import Lanes
from mobilite.journeys.domain.leg_times import with_leg_times
from mobilite.journeys.domain.live_run import LiveChain, LiveRun
from mobilite.timetable.domain.timetable import I32, Bool


def patched(day: DayNetwork, changed: Sequence[LiveRun]) -> DayNetwork:
    """The day with these runs in real time. `day`: by the schedule; one run, one row."""
    trips = np.fromiter((run.trip for run in changed), np.int32, len(changed))
    days = np.fromiter((run.day for run in changed), np.int32, len(changed))
    slots = day.runs_of(trips, days)
    chain_slots, chains = live_chains(day, changed, slots)
    return _with_slots(day, [*changed, *chains], np.concatenate([slots, chain_slots]))


def _with_slots(day: DayNetwork, changed: Sequence[LiveRun | LiveChain], slots: I32) -> DayNetwork:
    """The day with these runs and chains. `slots`: that of each; -1 for none."""
    runs = len(changed)
    length = np.fromiter((len(run.arrivals) for run in changed), np.int32, runs)
    plain = np.fromiter((run.own_calls is None for run in changed), np.bool_, runs)
    timed = _timed(day, changed, slots, plain)
    call = np.full(runs, -1, np.int32)
    before = len(day.lanes.live_arrival)
    call[timed] = before + np.cumsum(length[timed]) - length[timed]
    lanes = _with_times(day, [changed[row] for row in np.flatnonzero(timed).tolist()])
    order = np.argsort(slots, kind="stable")
    order = order[slots[order] >= 0]
    lane = (np.searchsorted(lanes.first, slots[order], side="right") - 1).astype(np.int32)
    fitting = np.where(plain, call, -1)[order].astype(np.int32)
    size, slot_call, slot_zero, slot_run, stays = fit_runs(lanes, lane, slots[order], fitting)
    lanes = lanes._replace(size=size, slot_call=slot_call, slot_zero=slot_zero, slot_run=slot_run)
    lanes = with_leg_times(lanes, lane[stays], slots[order][stays])
    timed[order[stays]] = False
    rows = np.flatnonzero(timed)
    extra = ExtraRuns(
        [changed[row] for row in rows.tolist()], slots[rows], call[rows], length[rows], plain[rows]
    )
    return with_extra_lanes(replace(day, lanes=lanes), extra)


def _timed(
    day: DayNetwork, changed: Sequence[LiveRun | LiveChain], slots: I32, plain: Bool
) -> Bool:
    """bool[runs]: which of them take place on the day."""
    timed = np.fromiter((run.takes_place for run in changed), np.bool_, len(changed))
    timed &= ~plain | (slots >= 0)
    for row in np.flatnonzero(timed & ~plain).tolist():
        run = changed[row]
        timed[row] = day.overlaps(int(run.arrivals[0]), int(run.departures[-1]))
    return timed


def _with_times(day: DayNetwork, timed: Sequence[LiveRun | LiveChain]) -> Lanes:
    """The lanes of the day, with the times of these runs at the end of the live arrays."""
    empty, known = np.empty(0, np.int64), (day.lanes.live_arrival, day.lanes.live_departure)
    arrivals = np.concatenate([empty, *(run.arrivals for run in timed)]) - day.origin
    departures = np.concatenate([empty, *(run.departures for run in timed)]) - day.origin
    return day.lanes._replace(
        live_arrival=np.concatenate([known[0], arrivals.astype(np.int32)]),
        live_departure=np.concatenate([known[1], departures.astype(np.int32)]),
    )
