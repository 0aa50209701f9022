"""Chains in real time: with the times, and the calls, of their runs.

A chain ends before a run that is cancelled, and before one that would leave before the vehicle
arrives: by which of the two reports the vehicle goes is not known, so that nobody is sent there.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mobilite.journeys.domain.day_network import DayNetwork
from mobilite.journeys.domain.in_seat.chains import calls_of_pattern, joined_calls
from mobilite.journeys.domain.live_run import LiveChain, LiveRun, OwnCalls
from mobilite.timetable.domain.timetable import I32

_NO_TIMES = np.empty(0, np.int64)


class _Part(NamedTuple):
    """One run of a chain."""

    arrivals: NDArray[np.int64]
    departures: NDArray[np.int64]
    own_calls: OwnCalls | None
    pattern: int


def live_chains(
    day: DayNetwork, changed: Sequence[LiveRun], slots: I32
) -> tuple[I32, list[LiveChain]]:
    """The chains with a run that deviates from the schedule, and their slots. `day`: by the
    schedule; `slots`: those of the runs."""
    if not len(day.chains):
        return np.empty(0, np.int32), []
    runs = len(day.run_trip)
    # One more, for -1: no run.
    row_of = np.full(runs + 1, -1, np.int32)
    known = np.flatnonzero(slots >= 0).astype(np.int32)
    row_of[slots[known]] = known
    rows = row_of[day.chains]
    chains = np.flatnonzero((rows >= 0).any(axis=1)).astype(np.int32)
    found = [
        _live_chain(day, numbers, [changed[row] if row >= 0 else None for row in of_chain])
        for numbers, of_chain in zip(
            day.chains[chains].tolist(), rows[chains].tolist(), strict=True
        )
    ]
    return runs + chains, found


def _live_chain(day: DayNetwork, runs: list[int], live: list[LiveRun | None]) -> LiveChain:
    """A chain. `runs`: its row of `DayNetwork.chains`; `live`: the real time of each."""
    parts = list[_Part]()
    is_plain = True
    for run, changed in zip(runs, live, strict=True):
        if run < 0:
            break
        part = _part(day, run, changed)
        if part is None or (parts and part.departures[0] < parts[-1].arrivals[-1]):
            is_plain = False
            break
        parts.append(part)
        is_plain &= part.own_calls is None
    if len(parts) < 2:
        return LiveChain(False, _NO_TIMES, _NO_TIMES, None)
    network = day.network
    return LiveChain(
        takes_place=True,
        arrivals=np.concatenate([part.arrivals for part in parts]),
        departures=np.concatenate([part.departures for part in parts]),
        own_calls=None
        if is_plain
        else joined_calls(
            [part.own_calls or calls_of_pattern(network, part.pattern) for part in parts]
        ),
    )


def _part(day: DayNetwork, run: int, changed: LiveRun | None) -> _Part | None:
    """None if the run does not take place."""
    network, trip = day.network, int(day.run_trip[run])
    pattern = int(network.trip_pattern[trip])
    if changed is not None:
        own = changed.own_calls
        return (
            _Part(changed.arrivals, changed.departures, own, pattern)
            if changed.takes_place
            else None
        )
    calls = slice(int(network.trip_call[trip]), int(network.trip_call[trip + 1]))
    zero = np.int64(int(day.lanes.slot_zero[run]) + day.origin)
    return _Part(network.arrival[calls] + zero, network.departure[calls] + zero, None, pattern)
