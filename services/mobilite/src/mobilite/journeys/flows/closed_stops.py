"""Stops that an alert closes: effect NO_SERVICE, and a selector of the stop alone.

While it is active no run can be boarded or left there. An alert that also selects a route or a run
is displayed with the journey, and closes nothing; so does an ambiguous one.
"""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from mobilite.alerts.domain.alert import Alert
from mobilite.alerts.domain.alert_index import AlertIndex
from mobilite.alerts.domain.alert_selectors import Target
from mobilite.alerts.ports import AlertsState
from mobilite.gtfs.domain.ids import FeedId
from mobilite.journeys.domain.day_network import DayNetwork
from mobilite.journeys.domain.live_run import LiveRun, live_run, without_calls
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.realtime.domain.resolve_run import resolve_run
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.trip_update import TripUpdate
from mobilite.timetable.domain.timetable import I32

Closures = Mapping[int, tuple[Alert, ...]]
"""The alerts that close each stop, by its number in the network."""
LiveRuns = Mapping[tuple[int, RunKey], LiveRun]
"""Runs in real time, by the index of their feed and their key."""


def closures_of(
    network: JourneyNetwork, feeds: Mapping[FeedId, int], live: AlertsState
) -> Closures:
    """The stops that alerts close. `feeds`: the index of each feed in the network."""
    found: dict[int, tuple[Alert, ...]] = {}
    for feed_id, index in feeds.items():
        first = int(network.stop_first[index])
        for stop, alert in _closed_rows(live.alert_index(feed_id)):
            found[first + stop] = (*found.get(first + stop, ()), alert)
    return found


def with_closures(
    day: DayNetwork, runs: LiveRuns, closures: Closures, live: AlertsState
) -> list[LiveRun]:
    """The runs in real time, and those that pass a stop while it is closed, without these calls.

    `day`: by the schedule.
    """
    changed = {key: _with_closed_calls(day.network, run, closures) for key, run in runs.items()}
    for feed, key in _scheduled_runs(day, closures):
        if (feed, key) not in changed:
            run = _undisturbed(day.network, feed, key, live)
            changed[feed, key] = _with_closed_calls(day.network, run, closures)
    return [*changed.values()]


def _closed_rows(alerts: AlertIndex) -> Iterator[tuple[int, Alert]]:
    if alerts.schedule is None:
        return
    for key, alert in alerts.alerts.items():
        if alert.effect != "NO_SERVICE" or alert.ambiguous:
            continue
        for target in alerts.targets(key):
            if target.stop is not None and is_of_stop_alone(target):
                for stop in alerts.schedule.boarding_stops(target.stop):
                    yield stop, alert


def is_of_stop_alone(target: Target) -> bool:
    """Whether a selector is of a stop, and of no route, direction or run of it."""
    others = (target.routes, target.direction, target.trips, target.trip_id)
    return not target.unknown and all(each is None for each in others)


def _scheduled_runs(day: DayNetwork, closures: Closures) -> Iterator[tuple[int, RunKey]]:
    """The runs that call at a closed stop by the schedule."""
    lanes = day.lanes
    for stop, alerts in closures.items():
        for place in np.flatnonzero(day.network.point_stop[lanes.stop] == stop).tolist():
            lane = int(np.searchsorted(lanes.stop_first, place, side="right")) - 1
            if day.lane_pattern[lane] < 0:
                # A chain: its runs are in lanes of their own too.
                continue
            slots = slice(int(lanes.first[lane]), int(lanes.first[lane] + lanes.size[lane]))
            calls = lanes.slot_call[slots] + (place - int(lanes.stop_first[lane]))
            zero = lanes.slot_zero[slots].astype(np.int64) + day.origin
            closed = _are_closed(alerts, lanes.arrival[calls] + zero, lanes.departure[calls] + zero)
            for run in lanes.slot_run[slots][closed].tolist():
                yield day.run_key(run)


def _undisturbed(network: JourneyNetwork, feed: int, key: RunKey, live: AlertsState) -> LiveRun:
    """A run without real time."""
    schedule = live.snapshot.feed(network.feeds[feed].feed_id).schedule
    assert schedule is not None
    run = resolve_run(schedule, key, [TripUpdate(key="", source=-1, seen_at=0)], {})
    assert run is not None
    return live_run(network, feed, run, stale=True)


def _with_closed_calls(network: JourneyNetwork, run: LiveRun, closures: Closures) -> LiveRun:
    closed = np.zeros(len(run.arrivals), np.bool_)
    for position, stop in enumerate(_stops(network, run).tolist()):
        if stop in closures:
            times = slice(position, position + 1)
            closed[times] = _are_closed(closures[stop], run.arrivals[times], run.departures[times])
    return without_calls(network, run, closed) if closed.any() else run


def _stops(network: JourneyNetwork, run: LiveRun) -> I32:
    """The stops of a run, as numbers of the network."""
    if run.own_calls is not None:
        return network.point_stop[run.own_calls.stop]
    pattern = int(network.trip_pattern[run.trip])
    entries = slice(int(network.pattern_first[pattern]), int(network.pattern_first[pattern + 1]))
    return network.pattern_stop[entries]


def _are_closed(
    alerts: Iterable[Alert], arrivals: NDArray[np.int64], departures: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether an alert is active at some time of each call."""
    pairs = zip(arrivals.tolist(), departures.tolist(), strict=True)
    closed = [any(each.affects(start, end + 1) for each in alerts) for start, end in pairs]
    return np.array(closed, np.bool_)
