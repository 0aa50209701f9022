"""Which runs of a day a vehicle goes on as, so that people can stay aboard.

By the rows of the feed (`trip_links`): the first run of the other trip that starts after the one
before ends, on its service day or, where its times are earlier, on the next one. By the block: the
run that follows in it on the same service day, if it starts soon and near where the one before
ends, and if there is a reason to stay. There is none on the way back, where each stop was reached
before or can be boarded at later: vehicles go back and forth all day, and a search would ride each
of their ways many times.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mobilite.geo.domain.distances import distances
from mobilite.journeys.domain.day_network import DayNetwork
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.timetable.domain.timetable import I32, Bool

LONGEST_STOP: Final = 12 * 3600
"""Seconds between two runs that a row of the feed links."""
LONGEST_BLOCK_STOP: Final = 3600
"""Seconds between two runs of a block."""
BLOCK_DISTANCE: Final = 200.0
"""Metres between the last stop of a run and the first one of the next in a block, if they are not
the same place."""
_NEVER: Final = 1 << 20


def continuations(day: DayNetwork) -> I32:
    """[n, 2]: runs of the day by the schedule, and those that their vehicles go on as."""
    pairs = np.concatenate([_by_rows(day), _by_blocks(day)])
    return np.unique(pairs, axis=0).astype(np.int32)


def run_ends(day: DayNetwork) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first departure and the last arrival of each run, in times of the day."""
    network, runs = day.network, len(day.run_trip)
    zero = day.lanes.slot_zero[:runs].astype(np.int64)
    first, beyond = network.trip_call[day.run_trip], network.trip_call[day.run_trip + 1]
    return network.departure[first] + zero, network.arrival[beyond - 1] + zero


def _by_rows(day: DayNetwork) -> NDArray[np.int64]:
    network, links = day.network, day.network.links.in_seat
    if not len(links):
        return np.empty((0, 2), np.int64)
    source, target = links.T
    ends = network.arrival[network.trip_call[source + 1] - 1]
    later = network.departure[network.trip_call[target]] < ends
    none = np.full((1, network.trips), -1, np.int32)
    following = np.concatenate([day.slot_of[1:], none])[:, target]
    after = np.where(later, following, day.slot_of[:, target]).ravel()
    pairs = np.stack([day.slot_of[:, source].ravel(), after], axis=1).astype(np.int64)
    pairs = pairs[(pairs >= 0).all(axis=1)]
    return pairs[_follow(day, pairs, LONGEST_STOP)]


def _by_blocks(day: DayNetwork) -> NDArray[np.int64]:
    network, links = day.network, day.network.links
    runs = np.flatnonzero(links.block[day.run_trip] >= 0)
    start, _ = run_ends(day)
    block, on = links.block[day.run_trip[runs]], day.run_day[runs]
    order = np.lexsort((start[runs], on, block))
    runs, block, on = runs[order], block[order], on[order]
    pairs = np.stack([runs[:-1], runs[1:]], axis=1)
    pairs = pairs[(block[:-1] == block[1:]) & (on[:-1] == on[1:])]
    trips = day.run_trip[pairs]
    by_row = np.isin(trips[:, 0], links.in_seat[:, 0]) | np.isin(trips[:, 1], links.in_seat[:, 1])
    apart = np.isin(trips @ [network.trips, 1], links.apart @ [network.trips, 1])
    pairs = pairs[~by_row & ~apart]
    pairs = pairs[_follow(day, pairs, LONGEST_BLOCK_STOP)]
    pairs = pairs[_are_near(day, pairs)]
    patterns, row = np.unique(
        network.trip_pattern[day.run_trip[pairs]], axis=0, return_inverse=True
    )
    worth = [is_worth_staying(network, *pattern) for pattern in patterns.tolist()]
    followed: NDArray[np.int64] = pairs[np.array(worth, np.bool_)[row.ravel()]]
    return followed


def _follow(day: DayNetwork, pairs: NDArray[np.int64], longest: int) -> Bool:
    """Whether the second run starts after the first one ends, and no later than so many seconds."""
    start, end = run_ends(day)
    stop = start[pairs[:, 1]] - end[pairs[:, 0]]
    follow: Bool = (stop >= 0) & (stop <= longest)
    return follow


def _are_near(day: DayNetwork, pairs: NDArray[np.int64]) -> Bool:
    """Whether the second run starts where the first one ends."""
    network = day.network
    before, after = network.trip_pattern[day.run_trip[pairs]].T
    last = network.pattern_stop[network.pattern_first[before + 1] - 1]
    first = network.pattern_stop[network.pattern_first[after]]
    lat, lon = network.stop_lat, network.stop_lon
    apart = distances(lat[last], lon[last], lat[first], lon[first])
    near: Bool = (network.links.place[last] == network.links.place[first]) | (
        np.nan_to_num(apart, nan=np.inf) <= BLOCK_DISTANCE
    )
    return near


def is_worth_staying(network: JourneyNetwork, before: int, after: int) -> bool:
    """Whether some stop of the second pattern can be reached from one of the first by staying
    aboard only: the first one does not reach it later, and the second one does not call earlier
    where people get on."""
    one, other = (
        slice(int(network.pattern_first[each]), int(network.pattern_first[each + 1]))
        for each in (before, after)
    )
    board = network.links.place[network.pattern_stop[one]].tolist()
    alight = network.links.place[network.pattern_stop[other]].tolist()
    can_board, can_alight = network.pattern_boardable, network.pattern_alightable
    reached = {place: at for at, place in enumerate(board) if can_alight[one][at]}
    boarded = {place: at for at, place in reversed([*enumerate(alight)]) if can_board[other][at]}
    from_there = np.array([boarded.get(place, _NEVER) for place in board])
    up_to_here = np.array([reached.get(place, -1) for place in alight])
    position, target = np.arange(len(board))[:, None], np.arange(len(alight))[None, :]
    worth = (up_to_here[None, :] <= position) & (from_there[:, None] >= target)
    worth &= can_board[one][:, None] & can_alight[other][None, :]
    worth &= np.array(board)[:, None] != np.array(alight)[None, :]
    return bool(worth.any())
