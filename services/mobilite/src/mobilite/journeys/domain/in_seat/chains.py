"""Runs that one vehicle makes one after the other, as lanes of their own.

A chain is what people can ride from its first run to one of the others: they board in the first
one and alight in another. In its lane the calls of all its runs stand one after the other, so that
a search rides it as any lane: one ride, no change. Whoever rides one run only does so in its own
lane. Each run that has others after it starts a chain, so that no chain has more than
`MOST_PARTS` runs however long the vehicle is on its way.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mobilite.journeys.domain.day_network import MOST_PARTS, NO_CHAINS, DayNetwork
from mobilite.journeys.domain.extra_lanes import with_lanes
from mobilite.journeys.domain.in_seat.continuations import continuations
from mobilite.journeys.domain.lanes import expanded
from mobilite.journeys.domain.live_run import OwnCalls
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.timetable.domain.timetable import I32

MOST_BRANCHES = 4
"""Runs that one run goes on as, at most: a train is divided into so many."""
MOST_CHAINS = 100_000
"""Chains of a day from which on it has none."""


def with_chains(day: DayNetwork) -> DayNetwork:
    """The day by the schedule with its chains. `day`: without any."""
    chains = _chains(continuations(day)) if day.network.links else NO_CHAINS
    if not len(chains):
        return day
    network, runs = day.network, len(day.run_trip)
    trips = np.where(chains >= 0, day.run_trip[chains], -1)
    patterns, group = np.unique(
        np.where(chains >= 0, network.trip_pattern[trips], -1), axis=0, return_inverse=True
    )
    own = [
        joined_calls([calls_of_pattern(network, each) for each in row if each >= 0])
        for row in patterns.tolist()
    ]
    part = trips[chains >= 0]
    lengths = network.trip_call[part + 1] - network.trip_call[part]
    calls = expanded(network.trip_call[part], lengths)
    zero = np.repeat(day.lanes.slot_zero[chains[chains >= 0]], lengths)
    length = np.array([len(each.stop) for each in own], np.int32)[group.ravel()]
    timed = replace(
        day,
        lanes=day.lanes._replace(
            live_arrival=(network.arrival[calls] + zero).astype(np.int32),
            live_departure=(network.departure[calls] + zero).astype(np.int32),
        ),
    )
    number, first = np.arange(len(chains), dtype=np.int32), np.cumsum(length) - length
    own_group = (len(network.pattern_route) + group.ravel()).astype(np.int32)
    result = with_lanes(timed, ~number, first.astype(np.int32), length, own_group, own)
    # Numbered by their slots, as runs are.
    order, slot_run = ~result.lanes.slot_run[runs:], result.lanes.slot_run.copy()
    slot_run[runs:] = ~number
    return replace(result, lanes=result.lanes._replace(slot_run=slot_run), chains=chains[order])


def joined_calls(parts: Sequence[OwnCalls]) -> OwnCalls:
    """The calls of a chain: people board in its first run, and alight in the others."""
    lengths = tuple(len(part.stop) for part in parts)
    stop = np.concatenate([part.stop for part in parts])
    is_first = np.arange(len(stop)) < lengths[0]
    return OwnCalls(
        stop=stop,
        boardable=np.concatenate([part.boardable for part in parts]) & is_first,
        alightable=np.concatenate([part.alightable for part in parts]) & ~is_first,
        routes=tuple(route for part in parts for route in part.routes),
        wheelchair=_weakest([part.wheelchair for part in parts]),
        bikes=_weakest([part.bikes for part in parts]),
        cars=_weakest([part.cars for part in parts]),
        lengths=lengths,
    )


def calls_of_pattern(network: JourneyNetwork, pattern: int) -> OwnCalls:
    """The calls that the runs of a pattern have by the schedule."""
    entries = slice(int(network.pattern_first[pattern]), int(network.pattern_first[pattern + 1]))
    return OwnCalls(
        stop=network.pattern_point[entries],
        boardable=network.pattern_boardable[entries],
        alightable=network.pattern_alightable[entries],
        routes=(int(network.pattern_route[pattern]),),
        wheelchair=int(network.pattern_wheelchair[pattern]),
        bikes=int(network.pattern_bikes[pattern]),
        cars=int(network.pattern_cars[pattern]),
    )


def _weakest(values: Sequence[int]) -> int:
    """Of values of wheelchair_accessible: 2 (no) if one is, 0 (unknown) if one is, else 1."""
    return 2 if 2 in values else min(values)


def _chains(pairs: I32) -> I32:
    """`DayNetwork.chains` of pairs of runs, sorted."""
    _, first, branches = np.unique(pairs[:, 0], return_index=True, return_counts=True)
    rank = np.arange(len(pairs)) - np.repeat(first, branches)
    pairs = pairs[rank < MOST_BRANCHES]
    source = pairs[:, 0]
    rows, complete = pairs, [NO_CHAINS]
    for width in range(2, MOST_PARTS + 1):
        if sum(map(len, (rows, *complete))) > MOST_CHAINS:
            return NO_CHAINS
        begin = np.searchsorted(source, rows[:, -1]).astype(np.int32)
        after = np.searchsorted(source, rows[:, -1], side="right").astype(np.int32) - begin
        ends = after == 0 if width < MOST_PARTS else np.ones(len(rows), np.bool_)
        padded = np.full((int(ends.sum()), MOST_PARTS), -1, np.int32)
        padded[:, :width] = rows[ends]
        complete.append(padded)
        more = pairs[expanded(begin[~ends], after[~ends]), 1]
        rows = np.column_stack([np.repeat(rows[~ends], after[~ends], axis=0), more])
    return np.concatenate(complete)
