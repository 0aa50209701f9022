"""Rebuilds the legs of journeys from what the kernel found."""

from collections.abc import Mapping
from dataclasses import replace

from mobilite.journeys.domain.access import Access
from mobilite.journeys.domain.day_network import DayNetwork
from mobilite.journeys.domain.journey import POINT, Journey, RideLeg, WalkLeg
from mobilite.journeys.domain.raptor.labels import ENTER, LANE, LEAVE, SLOT, WAY
from mobilite.journeys.domain.view import View
from mobilite.timetable.domain.timetable import I32

_Near = Mapping[int, tuple[int, int]]
"""The stops near a place: the seconds and metres of the way to each."""


def journeys_of(
    day: DayNetwork,
    view: View,
    found: I32,
    sizes: I32,
    origin: Access,
    destination: Access,
) -> tuple[Journey, ...]:
    """The journeys of `labels.Found`, in its order. `sizes`: the rides of each."""
    ends = origin.by_stop(), destination.by_stop()
    return tuple(
        _journey(day, view, rows[:size], *ends)
        for rows, size in zip(found.tolist(), sizes.tolist(), strict=True)
    )


def _journey(
    day: DayNetwork, view: View, rows: list[list[int]], origin: _Near, destination: _Near
) -> Journey:
    rides = [_ride(day, view, row[SLOT], row[LANE], row[ENTER], row[LEAVE]) for row in rows]
    # The way before each ride but the first, in the order of the search.
    ways = [row[WAY] for row in rows[1:]]
    if view.sign < 0:
        rides.reverse()
        ways.reverse()
    legs: list[RideLeg | WalkLeg] = []
    first, last = rides[0][0], rides[-1][-1]
    seconds, metres = origin[first.from_stop]
    if seconds:
        start = first.departure - seconds
        legs.append(WalkLeg(POINT, first.from_stop, start, first.departure, metres))
    for place, ride in enumerate(rides):
        if place and rides[place - 1][-1].to_stop != ride[0].from_stop:
            legs.append(_change(view, rides[place - 1][-1], ride[0], ways[place - 1]))
        legs += ride
    seconds, metres = destination[last.to_stop]
    if seconds:
        legs.append(WalkLeg(last.to_stop, POINT, last.arrival, last.arrival + seconds, metres))
    return Journey(tuple(legs))


def _change(view: View, before: RideLeg, after: RideLeg, way: int) -> WalkLeg:
    arrival = before.arrival + view.way_seconds.item(way)
    metres = view.way_metres.item(way)
    return WalkLeg(before.to_stop, after.from_stop, before.arrival, arrival, metres)


def _ride(
    day: DayNetwork, view: View, slot: int, lane: int, enter: int, leave: int
) -> list[RideLeg]:
    """The ride of a slot, a leg for each of its runs. `enter`, `leave`: positions in the order of
    the search."""
    lanes = day.lanes
    base, run = lanes.stop_first.item(lane), lanes.slot_run.item(slot)
    board, alight = enter, leave
    if view.sign < 0:
        last = lanes.stop_first.item(lane + 1) - base - 1
        board, alight = last - leave, last - enter
    if run >= 0:
        return [_leg(day, slot, base, 0, (board, alight), run)]
    lengths = day.own_calls[~day.lane_pattern.item(lane)].lengths
    legs, first = list[RideLeg](), 0
    for run, calls in zip(day.runs_in(slot), lengths, strict=False):
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
    # To read one number, `item` takes half the time of an index.
    call, zero = lanes.slot_call.item(slot), lanes.slot_zero.item(slot)
    if call >= 0:
        departure = lanes.departure.item(call + board) + zero
        arrival = lanes.arrival.item(call + alight) + zero
    else:
        departure = lanes.live_departure.item(~call + board)
        arrival = lanes.live_arrival.item(~call + alight)
    feed, key = day.run_key(run)
    stop, point_stop = lanes.stop, day.network.point_stop
    return RideLeg(
        feed=feed,
        run=key,
        board=board - first,
        alight=alight - first,
        from_stop=point_stop.item(stop.item(base + board)),
        to_stop=point_stop.item(stop.item(base + alight)),
        departure=day.origin + departure,
        arrival=day.origin + arrival,
    )
