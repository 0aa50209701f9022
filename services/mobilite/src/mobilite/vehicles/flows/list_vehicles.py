"""The vehicles people see on a map: all, those of a network, of a line, or in a box."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime

from mobilite.feeds.flows.known_feeds import known_feed
from mobilite.geo.domain.places import Box, PlaceIndex
from mobilite.gtfs.domain.ids import FeedId, GlobalId, global_id, split_global_id
from mobilite.http.domain.cursors import read_text_cursor, text_cursor_of
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run import Run
from mobilite.realtime.domain.run_calls import trip_of
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import RunTrip
from mobilite.vehicles.domain.fleet import Sighting, stop_in_question
from mobilite.vehicles.ports import VehiclesState
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class VehicleFilter:
    """What is asked for: a network, a line by its public id, a box (west, south, east, north)."""

    feed: str | None = None
    route: str | None = None
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class ShownVehicle:
    """A vehicle that passes the filter; `serves` is the run it serves, if any."""

    feed: FeedSnapshot
    sighting: Sighting
    serves: RunKey | None

    @property
    def id(self) -> GlobalId:
        """Its public id."""
        return global_id(self.feed.feed_id, self.sighting.vehicle.id)

    @property
    def run(self) -> Run | None:
        """What the real time says of its run."""
        return None if self.serves is None else self.feed.runs.get(self.serves)

    def seen(self) -> "SeenVehicle":
        """All that a traveller reads of it."""
        feed, run = self.feed, self.serves
        if feed.schedule is None:
            return SeenVehicle(feed, self.sighting, run, None, None, None)
        trip = None if run is None else trip_of(feed, run)
        stop, position = stop_in_question(self.sighting.vehicle, trip, feed.schedule)
        return SeenVehicle(feed, self.sighting, run, trip, stop, position)


@dataclass(frozen=True, slots=True)
class SeenVehicle:
    """A vehicle with what a traveller reads of its run: `trip` is None where it serves none that
    is known. `stop` is a row of the timetable, `position` the call of the trip there."""

    feed: FeedSnapshot
    sighting: Sighting
    run: RunKey | None
    trip: RunTrip | None
    stop: int | None
    position: int | None

    @property
    def id(self) -> GlobalId:
        """Its public id."""
        return global_id(self.feed.feed_id, self.sighting.vehicle.id)


@dataclass(frozen=True, slots=True)
class VehiclePage:
    """A page of vehicles by id, and the cursor of the next. `generated_at` in POSIX seconds."""

    generated_at: int
    vehicles: tuple[SeenVehicle, ...]
    next: str | None


def list_vehicles(
    state: VehiclesState,
    asked: VehicleFilter,
    *,
    now: datetime,
    limit: int | None = None,
    cursor: str | None = None,
) -> VehiclePage:
    """The vehicles seen lately that pass the filter; all of them where `limit` is None.

    Raises Refusal: "not_found" for an unknown network or line, "invalid" for a cursor that is none.
    """
    instant = int(now.timestamp())
    found = shown_vehicles(state, asked, now=instant)
    start = 0
    if cursor is not None:
        after = read_text_cursor(cursor)
        start = bisect_right([each.id for each in found], after)
    page = found[start:] if limit is None else found[start : start + limit]
    more = start + len(page) < len(found)
    vehicles = tuple(each.seen() for each in page)
    return VehiclePage(instant, vehicles, text_cursor_of(page[-1].id) if page and more else None)


def vehicle_of_run(
    state: VehiclesState, feed: FeedSnapshot, run: RunKey, *, now: int
) -> SeenVehicle | None:
    """The vehicle that serves a run, the one seen last where several say so; POSIX seconds."""
    fleet = state.fleet(feed.feed_id)
    serving = [
        each for each in fleet.shown(feed, now=now) if fleet.run_of(each.vehicle, feed) == run
    ]
    latest = max(serving, key=lambda each: each.seen_at, default=None)
    return None if latest is None else ShownVehicle(feed, latest, run).seen()


def shown_vehicles(state: VehiclesState, asked: VehicleFilter, *, now: int) -> list[ShownVehicle]:
    """The vehicles seen lately that pass the filter, by id. Raises Refusal as `list_vehicles`."""
    feeds, route = _feeds(state, asked), _route(state, asked)
    found: list[ShownVehicle] = []
    for feed_id in feeds:
        fleet, feed = state.fleet(feed_id), state.snapshot.feed(feed_id)
        for seen in fleet.shown(feed, now=now):
            run = fleet.run_of(seen.vehicle, feed)
            # Of a run that its operator took away there is nothing to tell.
            hidden = run is not None and run in feed.runs and feed.runs[run].hidden
            shown = ShownVehicle(feed, seen, None if hidden else run)
            if route is None or _serves(shown, route):
                found.append(shown)
    if asked.box is not None:
        places = [each.sighting.vehicle.place for each in found]
        index = PlaceIndex([None if place is None else (place.lat, place.lon) for place in places])
        found = [found[row] for row in index.within(asked.box)]
    # By the ids people see: "a-b:1" lies before "a:1", though "a" lies before "a-b".
    return sorted(found, key=lambda each: each.id)


def _serves(shown: ShownVehicle, route: str) -> bool:
    if shown.serves is not None:
        return trip_of(shown.feed, shown.serves).route_id == route
    said = shown.sighting.vehicle.trip
    return said is not None and said.route_id == route


def _feeds(state: VehiclesState, asked: VehicleFilter) -> list[FeedId]:
    named = None if asked.route is None else split_global_id(asked.route)
    if asked.feed is None:
        return [*state.fleets] if named is None else [named[0]]
    feed_id = known_feed(state, asked.feed)
    return [feed_id] if named is None or named[0] == feed_id else []


def _route(state: VehiclesState, asked: VehicleFilter) -> str | None:
    if asked.route is None:
        return None
    named = split_global_id(asked.route)
    feed = None if named is None else state.snapshot.feeds.get(named[0])
    if named is None or feed is None or feed.schedule is None:
        raise _unknown_route(asked.route)
    known = feed.schedule.timetable.route_ids.index_of(named[1]) is not None
    own = any(
        run.trip.route_id == named[1]
        for keys in feed.own.values()
        for run in map(feed.runs.__getitem__, keys)
    )
    if not (known or own):
        raise _unknown_route(asked.route)
    return named[1]


def _unknown_route(route: str) -> Refusal:
    return Refusal("not_found", f"La ligne « {route[:100]} » n'existe pas.")
