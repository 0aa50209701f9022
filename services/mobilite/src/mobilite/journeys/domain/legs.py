"""Rebuilds the legs of journeys from what the kernel found."""

from typing import Protocol

from mobilite.journeys.domain.day_network import DayNetwork
from mobilite.journeys.domain.journey import POINT, Journey, RideLeg, WalkLeg
from mobilite.journeys.domain.labels import ENTER, LANE, LEAVE, SLOT, WAY
from mobilite.journeys.domain.view import View
from mobilite.timetable.domain.timetable import I32


class Approach(Protocol):
    """The ways between a place and the stops near it (`search.Access`)."""

    def way(self, stop: int) -> tuple[int, int]:
        """Seconds and metres of the way to one of the stops."""
        ...


def journeys_of(
    day: DayNetwork,
    view: View,
    found: I32,
    sizes: I32,
    origin: Approach,
    destination: Approach,
) -> tuple[Journey, ...]:
    """The journeys of `labels.Found`, in its order. `sizes`: the rides of each."""
    return tuple(
        _journey(day, view, rows[:size], origin, destination)
        for rows, size in zip(found, sizes.tolist(), strict=True)
    )


def _journey(
    day: DayNetwork, view: View, rows: I32, origin: Approach, destination: Approach
) -> Journey:
    rides = [_ride(day, view, *row) for row in rows[:, [SLOT, LANE, ENTER, LEAVE]].tolist()]
    # The way before each ride but the first, in the order of the search.
    ways = rows[1:, WAY].tolist()
    if view.sign < 0:
        rides.reverse()
        ways.reverse()
    legs: list[RideLeg | WalkLeg] = []
    seconds, metres = origin.way(rides[0].from_stop)
    if seconds:
        start = rides[0].departure - seconds
        legs.append(WalkLeg(POINT, rides[0].from_stop, start, rides[0].departure, metres))
    for place, ride in enumerate(rides):
        if place and rides[place - 1].to_stop != ride.from_stop:
            legs.append(_change(view, rides[place - 1], ride, ways[place - 1]))
        legs.append(ride)
    last = rides[-1]
    seconds, metres = destination.way(last.to_stop)
    if seconds:
        legs.append(WalkLeg(last.to_stop, POINT, last.arrival, last.arrival + seconds, metres))
    return Journey(tuple(legs))


def _change(view: View, before: RideLeg, after: RideLeg, way: int) -> WalkLeg:
    arrival = before.arrival + int(view.way_seconds[way])
    metres = int(view.way_metres[way])
    return WalkLeg(before.to_stop, after.from_stop, before.arrival, arrival, metres)


def _ride(day: DayNetwork, view: View, slot: int, lane: int, enter: int, leave: int) -> RideLeg:
    """The ride of a slot; `enter`, `leave`: positions in the order of the search."""
    lanes = day.lanes
    base, end = int(lanes.stop_first[lane]), int(lanes.stop_first[lane + 1])
    board, alight = enter, leave
    if view.sign < 0:
        board, alight = end - base - 1 - leave, end - base - 1 - enter
    call, zero = int(lanes.slot_call[slot]), int(lanes.slot_zero[slot])
    if call >= 0:
        departure = int(lanes.departure[call + board]) + zero
        arrival = int(lanes.arrival[call + alight]) + zero
    else:
        departure = int(lanes.live_departure[~call + board])
        arrival = int(lanes.live_arrival[~call + alight])
    feed, key = day.run_key(int(lanes.slot_run[slot]))
    stops = day.network.point_stop[lanes.stop[base:end]]
    return RideLeg(
        feed=feed,
        run=key,
        board=board,
        alight=alight,
        from_stop=int(stops[board]),
        to_stop=int(stops[alight]),
        departure=day.origin + departure,
        arrival=day.origin + arrival,
    )
