"""One route by its public id: its directions, its connections and its alerts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mobilite.alerts.flows.visible_alerts import alert_ids_of_route
from mobilite.alerts.ports import AlertsState
from mobilite.feeds.flows.known_feeds import no_schedule_yet
from mobilite.gtfs.domain.ids import GlobalId, split_global_id
from mobilite.places.domain.hubs import Hubs
from mobilite.routes.domain.route_directions import Direction, directions_of
from mobilite.routes.flows.find_connections import find_connections
from mobilite.routes.flows.list_routes import FoundRoute
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class RouteDetail:
    """A route with its directions and alerts."""

    found: FoundRoute
    directions: tuple[Direction, ...]
    alerts: tuple[GlobalId, ...]
    """Their public ids, most severe first."""
    connections: Mapping[int, tuple[FoundRoute, ...]] = field(default_factory=dict)
    """The other routes at each of its stops (rows)."""


def get_route(
    state: AlertsState, route_id: str, *, now: int, hubs: Hubs | None = None
) -> RouteDetail:
    """The route of that public id at an instant (POSIX seconds). `hubs`: where its connections with
    other networks are.

    Raises Refusal: "not_found", or "unavailable" until the feed's schedule is loaded.
    """
    found = resolve_route(state, route_id)
    feed_id = found.schedule.timetable.feed_id
    directions = directions_of(found.schedule, found.route)
    stops = dict.fromkeys(each.stop for direction in directions for each in direction.stops)
    return RouteDetail(
        found,
        directions,
        tuple(alert_ids_of_route(state, feed_id, found.route, now=now)),
        {stop: find_connections(state, found, stop, hubs or Hubs()) for stop in stops},
    )


def resolve_route(state: AlertsState, route_id: str) -> FoundRoute:
    """The route of that public id. Raises Refusal as `get_route`."""
    parts = split_global_id(route_id)
    if parts is not None:
        feed_id, local = parts
        schedule = state.snapshot.feed(feed_id).schedule
        row = None if schedule is None else schedule.timetable.route_ids.index_of(local)
        if schedule is not None and row is not None:
            return FoundRoute(schedule, row)
        if schedule is None and feed_id in state.timetables:
            raise no_schedule_yet(feed_id)
    raise Refusal(
        "not_found",
        f"La ligne « {route_id[:100]} » n'existe pas : cherchez-la à /mobilite/v1/routes?q=…",
    )
