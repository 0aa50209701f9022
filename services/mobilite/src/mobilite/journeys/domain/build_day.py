"""The network of a date by the schedule."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.journeys.domain.day_network import DAYS, DELAY, DayNetwork
from mobilite.journeys.domain.in_seat.chains import with_chains
from mobilite.journeys.domain.lanes import Lanes, assign_lanes, expanded, index_by_stop, since_start
from mobilite.journeys.domain.leg_times import with_leg_times
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.timetable.domain.timetable import I32, Timetable

_DAY_SECONDS: Final = 86_400
_NO_TIMES: Final = np.empty(0, np.int32)


@dataclass(frozen=True, slots=True)
class _Runs:
    """The runs of a day, one row each."""

    trip: I32
    day: I32
    zero: I32


def build_day(network: JourneyNetwork, day: date) -> DayNetwork:
    """The network of a date, by the schedule."""
    zone = network.feeds[0].zone(0)
    origin = int(ServiceDate(day).start(zone).timestamp())
    runs = _runs_between(network, day, origin, _end(day, zone) - origin)
    pattern, call = network.trip_pattern[runs.trip], network.trip_call[runs.trip]
    start = network.departure[call] + runs.zero
    # One number sorts by pattern, then by start.
    order = np.argsort((pattern.astype(np.int64) << 32) + start, kind="stable")
    pattern, call, zero = pattern[order], call[order], runs.zero[order]
    length = network.pattern_first[pattern + 1] - network.pattern_first[pattern]
    lane = assign_lanes(pattern, call, zero, length, network.arrival, network.departure)
    slots = np.argsort(lane, kind="stable")
    order = order[slots]
    size = np.bincount(lane).astype(np.int32)
    first = (np.cumsum(size) - size).astype(np.int32)
    first_day, slot_of = _slot_table(network, runs.trip[order], runs.day[order])
    lane_pattern = pattern[slots][first]
    day_network = DayNetwork(
        network=network,
        day=day,
        origin=origin,
        lanes=lanes_of(network, lane_pattern, first, size, call[slots], zero[slots]),
        lane_pattern=lane_pattern,
        run_trip=runs.trip[order],
        run_day=runs.day[order],
        slot_of=slot_of,
        first_day=first_day,
    )
    return with_chains(day_network)


def _end(day: date, zone: ZoneInfo) -> int:
    """POSIX seconds of the midnight at which a day ends. On the night on which clocks go forward
    the service day starts an hour before it."""
    last = day + timedelta(days=DAYS)
    midnight = datetime.combine(last, time(), zone)
    return max(int(midnight.timestamp()), int(ServiceDate(last).start(zone).timestamp()))


def lanes_of(
    network: JourneyNetwork, pattern: I32, first: I32, size: I32, call: I32, zero: I32
) -> Lanes:
    """The lanes of these patterns. `first`, `size`: their slots; `call`, `zero`: of each slot."""
    length = network.pattern_first[pattern + 1] - network.pattern_first[pattern]
    entries = expanded(network.pattern_first[pattern], length)
    stop = network.pattern_point[entries]
    stop_first = np.concatenate([[0], np.cumsum(length)]).astype(np.int32)
    at_first, at_lane, at_position = index_by_stop(stop_first, stop, len(network.point_stop))
    lanes = Lanes(
        first=first,
        size=size,
        stop_first=stop_first,
        stop=stop,
        boardable=network.pattern_boardable[entries],
        alightable=network.pattern_alightable[entries],
        since_start=since_start(network.departure, call[first + size // 2], length),
        slot_call=call,
        slot_zero=zero,
        slot_start=network.departure[call] + zero,
        slot_run=np.arange(len(call), dtype=np.int32),
        arrival=network.arrival,
        departure=network.departure,
        least_ride=_NO_TIMES,
        least_stop=_NO_TIMES,
        live_arrival=_NO_TIMES,
        live_departure=_NO_TIMES,
        at_first=at_first,
        at_lane=at_lane,
        at_position=at_position,
    )
    lane = np.repeat(np.arange(len(first), dtype=np.int32), size)
    return with_leg_times(lanes, lane, lanes.slot_run)


def _runs_between(network: JourneyNetwork, day: date, origin: int, end: int) -> _Runs:
    """The runs under way between `DELAY` before the origin and `end`, in seconds after it."""
    found = [_Runs(*(np.empty(0, np.int32) for _ in range(3)))]
    for feed, first in zip(network.feeds, network.trip_first.tolist(), strict=False):
        latest = int(feed.call_arrival.max(initial=0))
        # Zones differ by a date at most.
        for ordinal in range(
            day.toordinal() - latest // _DAY_SECONDS - 1, day.toordinal() + DAYS + 2
        ):
            starts = zone_starts(feed, ordinal)
            trips, zero = _runs_of_day(feed, ordinal, starts - origin, end)
            days = np.full(len(trips), ordinal, np.int32)
            found.append(_Runs(trips + np.int32(first), days, zero))
    return _Runs(
        trip=np.concatenate([each.trip for each in found]),
        day=np.concatenate([each.day for each in found]),
        zero=np.concatenate([each.zero for each in found]),
    )


def _runs_of_day(
    feed: Timetable, ordinal: int, starts: NDArray[np.int64], end: int
) -> tuple[I32, I32]:
    """The trips that run on that service day and are under way between -DELAY and `end`, and the
    zeros of their times. `starts`: the start of the service day by zone, in seconds."""
    running = feed.services_on(ServiceDate.of_ordinal(ordinal))
    trips = np.flatnonzero(running[feed.trip_service]).astype(np.int32)
    zero = starts[feed.service_zone[feed.trip_service[trips]]]
    first, last = feed.trip_first[trips], feed.trip_first[trips + 1] - 1
    inside = (feed.call_arrival[last] + zero >= -DELAY) & (feed.call_departure[first] + zero < end)
    return trips[inside], zero[inside].astype(np.int32)


def zone_starts(feed: Timetable, ordinal: int) -> NDArray[np.int64]:
    """POSIX seconds of the start of a service day in each of the feed's zones."""
    day = ServiceDate.of_ordinal(ordinal)
    zones = range(len(feed.timezones))
    return np.array([int(day.start(feed.zone(zone)).timestamp()) for zone in zones], np.int64)


def _slot_table(network: JourneyNetwork, trip: I32, day: I32) -> tuple[int, I32]:
    """The first service day of the runs, and `slot_of`."""
    first_day = int(day.min()) if len(day) else 0
    days = int(day.max()) - first_day + 1 if len(day) else 0
    slot_of = np.full((days, network.trips), -1, np.int32)
    slot_of[day - first_day, trip] = np.arange(len(trip), dtype=np.int32)
    return first_day, slot_of
