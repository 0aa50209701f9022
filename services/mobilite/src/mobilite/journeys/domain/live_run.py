"""A run with real time, as a patch of a day takes it.

Converted once per run: a `Run` is immutable, and most of them stay between two messages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.journeys.domain.patterns import NO_BOARDING
from mobilite.realtime.domain.propagation import CANCELLED, SKIPPED
from mobilite.realtime.domain.run import CallChange, Run
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.timetable.domain.timetable import I32, Bool

_UNCHANGED = CallChange()


@dataclass(frozen=True, slots=True, eq=False)
class OwnCalls:
    """The calls of a run that are not those of its pattern: points of the network and rules."""

    stop: I32
    boardable: Bool
    alightable: Bool
    routes: tuple[int, ...]
    """The route in the network; -1 if it is outside the timetable. Of a chain, those of its
    runs."""
    wheelchair: int
    """wheelchair_accessible, 0–2."""
    bikes: int
    """bikes_allowed, 0–2."""
    cars: int
    """cars_allowed, 0–2."""
    lengths: tuple[int, ...] = ()
    """The number of calls of each run of a chain."""


@dataclass(frozen=True, slots=True, eq=False)
class LiveChain:
    """A chain of runs, of which one at least deviates from the schedule."""

    takes_place: bool
    """Whether two of its runs still follow each other."""
    arrivals: NDArray[np.int64]
    """[calls]: POSIX seconds; so are the departures."""
    departures: NDArray[np.int64]
    own_calls: OwnCalls | None
    """None if its calls are those of the timetable."""


@dataclass(frozen=True, slots=True, eq=False)
class LiveRun:
    """One run that deviates from the schedule."""

    source: Run
    stale: bool
    """Whether it was converted as too old: its predictions then do not count."""
    feed: int
    """The index of its feed in the network."""
    trip: int
    """Its trip in the network; -1 if it is outside the timetable."""
    day: int
    """The ordinal of its service day."""
    takes_place: bool
    """Whether it is neither cancelled nor deleted."""
    arrivals: NDArray[np.int64]
    """[calls]: POSIX seconds; so are the departures."""
    departures: NDArray[np.int64]
    own_calls: OwnCalls | None
    """None if its stops and rules are those of the timetable."""


def live_runs(
    network: JourneyNetwork,
    feed: int,
    runs: Mapping[RunKey, Run],
    stale: frozenset[int],
    before: Mapping[RunKey, LiveRun],
) -> dict[RunKey, LiveRun]:
    """The runs of a feed that have real time; those of `before` that are the same stay.

    `stale`: the addresses (`TripUpdate.source`) whose content is too old for predictions. What
    they cancelled, skipped or added still counts.
    """
    result = {}
    for key, run in runs.items():
        is_stale = run.update.source in stale
        known = before.get(key)
        if known is None or known.source is not run or known.stale != is_stale:
            known = live_run(network, feed, run, stale=is_stale)
        result[key] = known
    return result


def live_run(network: JourneyNetwork, feed: int, run: Run, *, stale: bool) -> LiveRun:
    """Convert one run."""
    calls, (trip, day, _) = run.calls, run.key
    arrivals = run.arrivals if stale else calls.arrivals
    departures = run.departures if stale else calls.departures
    rules_change = any(
        change.stop is not None or change.pickup is not None or change.drop_off is not None
        for change in run.changes.values()
    )
    other_calls = run.trip.outside_timetable or run.trip.modified
    own_calls = None
    if rules_change or other_calls or SKIPPED in calls.states:
        own_calls = _own_calls(network, feed, run)
    return LiveRun(
        source=run,
        stale=stale,
        feed=feed,
        trip=int(network.trip_first[feed]) + trip if trip >= 0 else -1,
        day=day,
        takes_place=not run.hidden and CANCELLED not in calls.states,
        arrivals=np.array(arrivals, np.int64),
        departures=np.array(departures, np.int64),
        own_calls=own_calls,
    )


def without_calls(network: JourneyNetwork, run: LiveRun, closed: Bool) -> LiveRun:
    """The run where nobody boards or alights at some calls. `closed`: bool[calls]."""
    own = run.own_calls or _own_calls(network, run.feed, run.source)
    open_calls = ~closed
    boardable, alightable = own.boardable & open_calls, own.alightable & open_calls
    return replace(run, own_calls=replace(own, boardable=boardable, alightable=alightable))


def _own_calls(network: JourneyNetwork, feed: int, run: Run) -> OwnCalls:
    timetable, trip, states = network.feeds[feed], run.trip, run.calls.states
    positions = range(len(trip))
    changes = [run.changes.get(position, _UNCHANGED) for position in positions]
    pickups = [
        trip.pickup(position) if change.pickup is None else change.pickup
        for position, change in enumerate(changes)
    ]
    drop_offs = [
        trip.drop_off(position) if change.drop_off is None else change.drop_off
        for position, change in enumerate(changes)
    ]
    served = np.array([state != SKIPPED for state in states], np.bool_)
    boardable = served & (np.array(pickups) != NO_BOARDING)
    alightable = served & (np.array(drop_offs) != NO_BOARDING)
    boardable[-1] = alightable[0] = False
    points = [network.point_at(feed, run.stop(each), trip) for each in positions]
    first_route = int(network.route_first[feed])
    return OwnCalls(
        stop=np.array(points, np.int32),
        boardable=boardable,
        alightable=alightable,
        routes=(first_route + trip.route if trip.route >= 0 else -1,),
        wheelchair=trip.wheelchair,
        bikes=int(timetable.trip_bikes[trip.row]) if trip.row >= 0 else 0,
        cars=int(timetable.trip_cars[trip.row]) if trip.row >= 0 else 0,
    )
