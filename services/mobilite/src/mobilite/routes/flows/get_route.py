"""One route by its public id: its directions and its alerts."""

from dataclasses import dataclass

from mobilite.alerts.flows.visible_alerts import alert_ids_of_route
from mobilite.alerts.ports import AlertsState
from mobilite.feeds.flows.known_feeds import no_schedule_yet
from mobilite.gtfs.domain.ids import GlobalId, split_global_id
from mobilite.routes.domain.route_directions import Direction, directions_of
from mobilite.routes.flows.list_routes import FoundRoute
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class RouteDetail:
    """A route with its directions and alerts."""

    found: FoundRoute
    directions: tuple[Direction, ...]
    alerts: tuple[GlobalId, ...]
    """Their public ids, most severe first."""


def get_route(state: AlertsState, route_id: str, *, now: int) -> RouteDetail:
    """The route of that public id at an instant (POSIX seconds).

    Raises Refusal: "not_found", or "unavailable" until the feed's schedule is loaded.
    """
    found = resolve_route(state, route_id)
    feed_id = found.schedule.timetable.feed_id
    return RouteDetail(
        found,
        directions_of(found.schedule, found.route),
        tuple(alert_ids_of_route(state, feed_id, found.route, now=now)),
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
