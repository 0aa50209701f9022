"""The runs of a route that are under way: between which stops, how late, with which vehicle."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mobilite.gtfs.domain.ids import FeedId
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run_calls import RunCall, get_run_trip, list_calls
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import RunTrip
from mobilite.routes.flows.get_route import resolve_route
from mobilite.routes.flows.list_routes import FoundRoute
from mobilite.timetable.domain.scheduled_calls import run_start
from mobilite.trips.domain.progress import Progress, progress_of
from mobilite.trips.flows.runs_of_route import runs_of_route
from mobilite.trips.ports import TripsState
from mobilite.vehicles.domain.fleet import Fleet
from mobilite.vehicles.flows.list_vehicles import ListedVehicle, VehicleDetail

_Vehicles = Mapping[RunKey, ListedVehicle]


@dataclass(frozen=True, slots=True)
class CurrentRun:
    """A run under way, or cancelled while it would be."""

    key: RunKey
    trip: RunTrip
    progress: Progress
    first: RunCall
    """Its first call."""
    last: RunCall
    """Its last call."""
    vehicle: VehicleDetail | None


@dataclass(frozen=True, slots=True)
class RouteRuns:
    """The runs of a route at one instant, by direction, then by arrival at the last call."""

    found: FoundRoute
    runs: tuple[CurrentRun, ...]
    generated_at: int
    """POSIX seconds."""


class VehiclesByRun:
    """The vehicle of each run of a network, computed once for all routes that are rendered at the
    same instant."""

    def __init__(self) -> None:
        self._latest: dict[FeedId, tuple[Fleet, FeedSnapshot, int, _Vehicles]] = {}

    def of(self, fleet: Fleet, feed: FeedSnapshot, now: int) -> _Vehicles:
        """The vehicles at an instant (POSIX seconds)."""
        known = self._latest.get(feed.feed_id)
        if known is not None and known[0] is fleet and known[1] is feed and known[2] == now:
            return known[3]
        found = _vehicles_by_run(fleet, feed, now)
        self._latest[feed.feed_id] = fleet, feed, now, found
        return found


def list_route_runs(
    state: TripsState, route_id: str, *, now: datetime, by_run: VehiclesByRun
) -> RouteRuns:
    """The runs of a route (a public id) that are under way. Raises Refusal as `resolve_route`."""
    found, instant = resolve_route(state, route_id), int(now.timestamp())
    timetable = found.schedule.timetable
    feed = state.snapshot.feed(timetable.feed_id)
    vehicles = by_run.of(state.fleet(feed.feed_id), feed, instant)
    today = ServiceDate.of_instant(now, timetable.zone(0))
    runs = [
        run
        for back in range(found.schedule.days_back + 1)
        for key in runs_of_route(feed, found, today.plus(-back))
        if key in feed.runs or key in vehicles or _is_due(found, key, instant)
        if (run := _current(feed, key, vehicles.get(key), instant)) is not None
    ]
    return RouteRuns(found, tuple(sorted(runs, key=_place)), instant)


def _place(run: CurrentRun) -> tuple[int, int, RunKey]:
    """By direction, then by arrival at the last call."""
    return run.trip.direction, run.last.arrival, run.key


def _is_due(found: FoundRoute, key: RunKey, now: int) -> bool:
    """Whether a run of the timetable is under way by its schedule."""
    timetable = found.schedule.timetable
    zero = run_start(timetable, key.trip, key.day)
    calls = timetable.calls_of(key.trip)
    start = zero + int(timetable.call_departure[calls.start])
    end = zero + int(timetable.call_arrival[calls.stop - 1])
    return start <= now <= end


def _current(
    feed: FeedSnapshot, key: RunKey, listed: ListedVehicle | None, now: int
) -> CurrentRun | None:
    calls, vehicle = list_calls(feed, key, now=now), None if listed is None else listed.detail()
    seen = None if vehicle is None or vehicle.sighting.stale else vehicle.position
    progress = progress_of(calls, now=now, vehicle_at=seen)
    last = calls[-1]
    cancelled_now = progress.status == "cancelled" and calls[0].departure <= now <= last.arrival
    if progress.status != "running" and not cancelled_now:
        return None
    return CurrentRun(key, get_run_trip(feed, key), progress, calls[0], last, vehicle)


def _vehicles_by_run(fleet: Fleet, feed: FeedSnapshot, now: int) -> _Vehicles:
    """The vehicle of each run; of several, the one seen last."""
    found = dict[RunKey, ListedVehicle]()
    for seen in fleet.visible(feed, now=now):
        run = fleet.run_of(seen.vehicle, feed)
        if run is None:
            continue
        other = found.get(run)
        if other is None or seen.seen_at > other.sighting.seen_at:
            found[run] = ListedVehicle(feed, seen, run)
    return found
