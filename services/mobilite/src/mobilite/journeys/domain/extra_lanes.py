"""Lanes added to those of the schedule, for runs that fit into none of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mobilite.journeys.domain.day_network import DayNetwork
from mobilite.journeys.domain.lanes import Lanes, assign_lanes, expanded, index_by_stop, since_start
from mobilite.journeys.domain.leg_times import with_leg_times
from mobilite.journeys.domain.live_run import LiveChain, LiveRun, OwnCalls
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.timetable.domain.timetable import I32, Bool


@dataclass(frozen=True, slots=True, eq=False)
class ExtraRuns:
    """Runs and chains that need lanes of their own."""

    runs: Sequence[LiveRun | LiveChain]
    slot: I32
    """The slot of each in the schedule; -1 if it is outside."""
    call: I32
    """Its first call in the live arrays of the lanes."""
    length: I32
    """The number of its calls."""
    plain: Bool
    """Whether its calls are those of the slot's lane."""


@dataclass(frozen=True, slots=True, eq=False)
class _Stops:
    """The stops and rules of several lanes, one lane after the other."""

    length: I32
    stop: I32
    boardable: Bool
    alightable: Bool


def with_extra_lanes(day: DayNetwork, extra: ExtraRuns) -> DayNetwork:
    """The day with lanes for these runs. Its live arrays already have their times."""
    if not len(extra.runs):
        return day
    group, own = _groups(day, extra)
    run, added = _run_numbers(day, extra)
    return replace(with_lanes(day, run, extra.call, extra.length, group, own), added=added)


def with_lanes(
    day: DayNetwork, run: I32, call: I32, length: I32, group: I32, own: Sequence[OwnCalls]
) -> DayNetwork:
    """The day with more lanes at the end. One row for each slot in them: what `slot_run` has, the
    first call in the live arrays of the day, the number of calls, and the group: a pattern, or
    after the patterns the number in `own`."""
    order = np.lexsort((day.lanes.live_departure[call], group))
    run, call, length, group = run[order], call[order], length[order], group[order]
    live = day.lanes.live_arrival, day.lanes.live_departure
    lane = assign_lanes(group, call, np.zeros(len(call), np.int32), length, *live)
    by_lane = np.argsort(lane, kind="stable")
    size = np.bincount(lane).astype(np.int32)
    first = (np.cumsum(size) - size).astype(np.int32)
    group_of_lane = group[by_lane][first]
    lanes = _with_stops(day.lanes, _stops_of(day, group_of_lane, own))
    lanes = _with_slots(lanes, first, size, call[by_lane], run[by_lane])
    middle, new = call[by_lane][first + size // 2], np.diff(lanes.stop_first[-len(first) - 1 :])
    more = since_start(lanes.live_departure, middle, new)
    lanes = lanes._replace(since_start=np.concatenate([lanes.since_start, more]))
    slots = np.arange(len(day.lanes.slot_call), len(lanes.slot_call), dtype=np.int32)
    lane_of_slot = len(day.lanes.first) + lane[by_lane]
    patterns = len(day.network.pattern_route)
    is_own = group_of_lane >= patterns
    return replace(
        day,
        lanes=with_leg_times(lanes, lane_of_slot, slots),
        lane_pattern=np.concatenate(
            [day.lane_pattern, np.where(is_own, ~(group_of_lane - patterns), group_of_lane)]
        ).astype(np.int32),
        own_calls=tuple(own),
    )


def _groups(day: DayNetwork, extra: ExtraRuns) -> tuple[I32, list[OwnCalls]]:
    """The group of each run: its pattern, or one after the patterns for runs with the same calls
    of their own; and the calls of those."""
    patterns, lanes = len(day.network.pattern_route), day.lanes
    group = np.full(len(extra.slot), -1, np.int32)
    known = extra.slot >= 0
    pattern = day.lane_pattern[np.searchsorted(lanes.first, extra.slot[known], side="right") - 1]
    group[known] = np.where(pattern >= 0, pattern, patterns + ~pattern)
    numbers: dict[tuple[object, ...], int] = {}
    own = [*day.own_calls]
    for row in np.flatnonzero(~extra.plain).tolist():
        calls = extra.runs[row].own_calls
        assert calls is not None
        rules = calls.boardable.tobytes(), calls.alightable.tobytes()
        equipment = calls.wheelchair, calls.bikes, calls.cars
        key = (calls.stop.tobytes(), *rules, calls.routes, calls.lengths, *equipment)
        if key not in numbers:
            numbers[key] = len(own)
            own.append(calls)
        group[row] = patterns + numbers[key]
    return group, own


def _run_numbers(day: DayNetwork, extra: ExtraRuns) -> tuple[I32, tuple[tuple[int, RunKey], ...]]:
    """What `slot_run` has of each run, and the runs outside the timetable."""
    runs = np.int32(len(day.run_trip))
    run = np.where(extra.slot < runs, extra.slot, ~(extra.slot - runs)).astype(np.int32)
    outside = np.flatnonzero(extra.slot < 0)
    run[outside] = runs + np.arange(len(outside), dtype=np.int32)
    added = []
    for row in outside.tolist():
        live = extra.runs[row]
        assert isinstance(live, LiveRun)
        added.append((live.feed, live.source.key))
    return run, tuple(added)


def _stops_of(day: DayNetwork, group: I32, own: Sequence[OwnCalls]) -> _Stops:
    """The stops of lanes by their groups, ascending."""
    network, patterns = day.network, len(day.network.pattern_route)
    plain = group[group < patterns]
    length = network.pattern_first[plain + 1] - network.pattern_first[plain]
    entries = expanded(network.pattern_first[plain], length)
    calls = [own[number - patterns] for number in group[len(plain) :].tolist()]
    lengths = np.array([len(each.stop) for each in calls], np.int32)
    return _Stops(
        length=np.concatenate([length, lengths]).astype(np.int32),
        stop=np.concatenate([network.pattern_point[entries], *(each.stop for each in calls)]),
        boardable=np.concatenate(
            [network.pattern_boardable[entries], *(each.boardable for each in calls)]
        ),
        alightable=np.concatenate(
            [network.pattern_alightable[entries], *(each.alightable for each in calls)]
        ),
    )


def _with_stops(lanes: Lanes, stops: _Stops) -> Lanes:
    ends = lanes.stop_first[-1] + np.cumsum(stops.length)
    stop_first = np.concatenate([lanes.stop_first, ends]).astype(np.int32)
    stop = np.concatenate([lanes.stop, stops.stop])
    at_first, at_lane, at_position = index_by_stop(stop_first, stop, len(lanes.at_first) - 1)
    return lanes._replace(
        stop_first=stop_first,
        stop=stop,
        boardable=np.concatenate([lanes.boardable, stops.boardable]),
        alightable=np.concatenate([lanes.alightable, stops.alightable]),
        at_first=at_first,
        at_lane=at_lane,
        at_position=at_position,
    )


def _with_slots(lanes: Lanes, first: I32, size: I32, call: I32, run: I32) -> Lanes:
    """The lanes with more of them at their end. `call`: first calls in the live arrays."""
    slots = np.int32(len(lanes.slot_call))
    return lanes._replace(
        first=np.concatenate([lanes.first, first + slots]),
        size=np.concatenate([lanes.size, size]),
        slot_call=np.concatenate([lanes.slot_call, ~call]),
        slot_zero=np.concatenate([lanes.slot_zero, np.zeros(len(call), np.int32)]),
        slot_start=np.concatenate([lanes.slot_start, lanes.live_departure[call]]),
        slot_run=np.concatenate([lanes.slot_run, run]),
    )
