"""The vehicles on the map: all, those of a feed, of a route, or in a box."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime

from mobilite.feeds.flows.known_feeds import known_feed
from mobilite.geo.domain.places import Box, PlaceIndex
from mobilite.gtfs.domain.ids import FeedId, GlobalId, global_id, split_global_id
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run import Run
from mobilite.realtime.domain.run_calls import get_run_trip
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import RunTrip
from mobilite.vehicles.domain.fleet import Sighting, current_stop
from mobilite.vehicles.ports import VehiclesState
from socle.cursors import decode_text_cursor, encode_text_cursor
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class VehicleFilter:
    """The conditions of a query; all must hold. None: any."""

    feed: str | None = None
    """A feed id."""
    route: str | None = None
    """A public id."""
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class ListedVehicle:
    """A vehicle that passes a filter."""

    feed: FeedSnapshot
    sighting: Sighting
    serves: RunKey | None
    """Its run, if that is known."""

    @property
    def id(self) -> GlobalId:
        """Its public id."""
        return global_id(self.feed.feed_id, self.sighting.vehicle.id)

    @property
    def run(self) -> Run | None:
        """The real time of its run; None if there is none."""
        return None if self.serves is None else self.feed.runs.get(self.serves)

    def detail(self) -> "VehicleDetail":
        """The vehicle with its trip and its stop."""
        feed, run = self.feed, self.serves
        if feed.schedule is None:
            return VehicleDetail(feed, self.sighting, run, None, None, None, None)
        trip = None if run is None else get_run_trip(feed, run)
        stop, position = current_stop(self.sighting.vehicle, trip, feed.schedule)
        delay = None if position is None else self._delay_at(position)
        return VehicleDetail(feed, self.sighting, run, trip, stop, position, delay)

    def _delay_at(self, position: int) -> int | None:
        run = self.run
        if run is None:
            return None
        # As known when the vehicle was seen: the same as long as nothing changes.
        stale = self.feed.is_stale(run, now=self.sighting.seen_at)
        predicted = run.predicted_departure(position, run.state(position, stale=stale))
        return None if predicted is None else predicted - run.departures[position]


@dataclass(frozen=True, slots=True)
class VehicleDetail:
    """A vehicle with its trip and its stop."""

    feed: FeedSnapshot
    sighting: Sighting
    run: RunKey | None
    """Its run, if that is known."""
    trip: RunTrip | None
    """The trip of that run; None without a run or a schedule."""
    stop: int | None
    """The stop it is at or going to, a row; None if unknown."""
    position: int | None
    """The position of the call there in the run; None if unknown."""
    delay: int | None
    """Seconds by which its run is predicted to leave that stop late; None: no prediction."""

    @property
    def id(self) -> GlobalId:
        """Its public id."""
        return global_id(self.feed.feed_id, self.sighting.vehicle.id)


@dataclass(frozen=True, slots=True)
class VehiclePage:
    """A page of vehicles, in order of their public ids."""

    generated_at: int
    """POSIX seconds."""
    vehicles: tuple[VehicleDetail, ...]
    next: str | None
    """The cursor of the next page; None if there is none."""


def list_vehicles(
    state: VehiclesState,
    filters: VehicleFilter,
    *,
    now: datetime,
    limit: int | None = None,
    cursor: str | None = None,
) -> VehiclePage:
    """The recently seen vehicles that pass the filter; all of them if `limit` is None.

    Raises Refusal: "not_found" for an unknown feed or route, "invalid" for an invalid cursor.
    """
    instant = int(now.timestamp())
    found = select_vehicles(state, filters, now=instant)
    start = 0
    if cursor is not None:
        after = decode_text_cursor(cursor)
        start = bisect_right([each.id for each in found], after)
    page = found[start:] if limit is None else found[start : start + limit]
    more = start + len(page) < len(found)
    vehicles = tuple(each.detail() for each in page)
    return VehiclePage(
        instant, vehicles, encode_text_cursor(page[-1].id) if page and more else None
    )


def vehicle_of_run(
    state: VehiclesState, feed: FeedSnapshot, run: RunKey, *, now: int
) -> VehicleDetail | None:
    """The vehicle that serves a run; of several, the one seen last. `now`: POSIX seconds."""
    fleet = state.fleet(feed.feed_id)
    serving = [
        each for each in fleet.visible(feed, now=now) if fleet.run_of(each.vehicle, feed) == run
    ]
    latest = max(serving, key=lambda each: each.seen_at, default=None)
    return None if latest is None else ListedVehicle(feed, latest, run).detail()


def select_vehicles(
    state: VehiclesState, filters: VehicleFilter, *, now: int
) -> list[ListedVehicle]:
    """The recently seen vehicles that pass the filter, in order of their public ids. Raises
    Refusal("not_found") for an unknown feed or route."""
    feeds, route = _feeds(state, filters), _route(state, filters)
    found: list[ListedVehicle] = []
    for feed_id in feeds:
        fleet, feed = state.fleet(feed_id), state.snapshot.feed(feed_id)
        for sighting in fleet.visible(feed, now=now):
            run = fleet.run_of(sighting.vehicle, feed)
            # A run deleted by its operator is not displayed.
            hidden = run is not None and run in feed.runs and feed.runs[run].hidden
            listed = ListedVehicle(feed, sighting, None if hidden else run)
            if route is None or _serves(listed, route):
                found.append(listed)
    if filters.box is not None:
        places = [each.sighting.vehicle.place for each in found]
        index = PlaceIndex([None if place is None else (place.lat, place.lon) for place in places])
        found = [found[row] for row in index.within(filters.box)]
    # By public id: "a-b:1" sorts before "a:1", although "a" sorts before "a-b".
    return sorted(found, key=lambda each: each.id)


def _serves(listed: ListedVehicle, route: str) -> bool:
    """Whether the vehicle serves a route (a local id), by its run or by what it reports."""
    if listed.serves is not None:
        return get_run_trip(listed.feed, listed.serves).route_id == route
    descriptor = listed.sighting.vehicle.trip
    return descriptor is not None and descriptor.route_id == route


def _feeds(state: VehiclesState, filters: VehicleFilter) -> list[FeedId]:
    """The feeds that can have such vehicles. Raises Refusal if the feed is unknown."""
    parts = None if filters.route is None else split_global_id(filters.route)
    if filters.feed is None:
        return [*state.fleets] if parts is None else [parts[0]]
    feed_id = known_feed(state, filters.feed)
    return [feed_id] if parts is None or parts[0] == feed_id else []


def _route(state: VehiclesState, filters: VehicleFilter) -> str | None:
    """The local id of the route, if the filter has one. Raises Refusal if it is unknown."""
    if filters.route is None:
        return None
    parts = split_global_id(filters.route)
    feed = None if parts is None else state.snapshot.feeds.get(parts[0])
    if parts is None or feed is None or feed.schedule is None:
        raise _unknown_route(filters.route)
    known = feed.schedule.timetable.route_ids.index_of(parts[1]) is not None
    in_added_runs = any(
        run.trip.route_id == parts[1]
        for keys in feed.added_runs.values()
        for run in map(feed.runs.__getitem__, keys)
    )
    if not (known or in_added_runs):
        raise _unknown_route(filters.route)
    return parts[1]


def _unknown_route(route: str) -> Refusal:
    return Refusal("not_found", f"La ligne « {route[:100]} » n'existe pas.")
