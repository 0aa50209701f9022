"""Rebuilds the legs of journeys from what the kernel found."""

from dataclasses import replace

from mobilite.journeys.domain.access import Access
from mobilite.journeys.domain.day_network import DayNetwork
from mobilite.journeys.domain.journey import POINT, Journey, RideLeg, WalkLeg
from mobilite.journeys.domain.raptor.labels import ENTER, LANE, LEAVE, SLOT, WAY
from mobilite.journeys.domain.view import View
from mobilite.timetable.domain.timetable import I32


def journeys_of(
    day: DayNetwork,
    view: View,
    found: I32,
    sizes: I32,
    origin: Access,
    destination: Access,
) -> tuple[Journey, ...]:
    """The journeys of `labels.Found`, in its order. `sizes`: the rides of each."""
    return tuple(
        _journey(day, view, rows[:size], origin, destination)
        for rows, size in zip(found, sizes.tolist(), strict=True)
    )


def _journey(
    day: DayNetwork, view: View, rows: I32, origin: Access, destination: Access
) -> Journey:
    rides = [_ride(day, view, *row) for row in rows[:, [SLOT, LANE, ENTER, LEAVE]].tolist()]
    # The way before each ride but the first, in the order of the search.
    ways = rows[1:, WAY].tolist()
    if view.sign < 0:
        rides.reverse()
        ways.reverse()
    legs: list[RideLeg | WalkLeg] = []
    first, last = rides[0][0], rides[-1][-1]
    seconds, metres = origin.way(first.from_stop)
    if seconds:
        start = first.departure - seconds
        legs.append(WalkLeg(POINT, first.from_stop, start, first.departure, metres))
    for place, ride in enumerate(rides):
        if place and rides[place - 1][-1].to_stop != ride[0].from_stop:
            legs.append(_change(view, rides[place - 1][-1], ride[0], ways[place - 1]))
        legs += ride
    seconds, metres = destination.way(last.to_stop)
    if seconds:
        legs.append(WalkLeg(last.to_stop, POINT, last.arrival, last.arrival + seconds, metres))
    return Journey(tuple(legs))


def _change(view: View, before: RideLeg, after: RideLeg, way: int) -> WalkLeg:
    arrival = before.arrival + int(view.way_seconds[way])
    metres = int(view.way_metres[way])
    return WalkLeg(before.to_stop, after.from_stop, before.arrival, arrival, metres)


def _ride(
    day: DayNetwork, view: View, slot: int, lane: int, enter: int, leave: int
) -> list[RideLeg]:
    """The ride of a slot, a leg for each of its runs. `enter`, `leave`: positions in the order of
    the search."""
    lanes, pattern = day.lanes, int(day.lane_pattern[lane])
    base, end = int(lanes.stop_first[lane]), int(lanes.stop_first[lane + 1])
    board, alight = enter, leave
    if view.sign < 0:
        board, alight = end - base - 1 - leave, end - base - 1 - enter
    lengths = () if pattern >= 0 else day.own_calls[~pattern].lengths
    legs, first = list[RideLeg](), 0
    for run, calls in zip(day.runs_in(slot), lengths or (end - base,), strict=False):
        # The calls of this run from boarding to alighting.
        span = max(board, first), min(alight, first + calls - 1)
        if span[0] <= span[1]:
            leg = _leg(day, slot, base, first, span, run)
            legs.append(replace(leg, stays_seated=board < first, stays_on=span[1] < alight))
        first += calls
    return legs


def _leg(
    day: DayNetwork, slot: int, base: int, first: int, span: tuple[int, int], run: int
) -> RideLeg:
    """The part of a ride in one run. `base`: the lane's first stop; `first`, `span`: positions in
    the lane, of the first call of the run, and of where the part starts and ends."""
    lanes, (board, alight) = day.lanes, span
    call, zero = int(lanes.slot_call[slot]), int(lanes.slot_zero[slot])
    if call >= 0:
        departure = int(lanes.departure[call + board]) + zero
        arrival = int(lanes.arrival[call + alight]) + zero
    else:
        departure = int(lanes.live_departure[~call + board])
        arrival = int(lanes.live_arrival[~call + alight])
    feed, key = day.run_key(run)
    stops = day.network.point_stop[lanes.stop[[base + board, base + alight]]]
    return RideLeg(
        feed=feed,
        run=key,
        board=board - first,
        alight=alight - first,
        from_stop=int(stops[0]),
        to_stop=int(stops[1]),
        departure=day.origin + departure,
        arrival=day.origin + arrival,
    )
