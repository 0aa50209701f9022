"""One line by its public id: its directions, and the alerts about it."""

from dataclasses import dataclass

from mobilite.alerts.flows.alerts_about import alert_ids_of_route
from mobilite.alerts.ports import AlertsState
from mobilite.feeds.flows.known_feeds import no_schedule_yet
from mobilite.gtfs.domain.ids import GlobalId, split_global_id
from mobilite.routes.domain.route_directions import Direction, directions_of
from mobilite.routes.flows.list_routes import FoundRoute
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class RouteSheet:
    """A line, and what is to be said of it now; alerts the worst first."""

    found: FoundRoute
    directions: tuple[Direction, ...]
    alerts: tuple[GlobalId, ...]


def get_route(state: AlertsState, route_id: str, *, now: int) -> RouteSheet:
    """The line of that public id at an instant (POSIX seconds).

    Raises Refusal: "not_found", or "unavailable" while its network's schedule is not there yet.
    """
    named = split_global_id(route_id)
    if named is not None:
        feed_id, local = named
        schedule = state.snapshot.feed(feed_id).schedule
        row = None if schedule is None else schedule.timetable.route_ids.index_of(local)
        if schedule is not None and row is not None:
            return RouteSheet(
                FoundRoute(schedule, row),
                directions_of(schedule, row),
                tuple(alert_ids_of_route(state, feed_id, row, now=now)),
            )
        if schedule is None and feed_id in state.timetables:
            raise no_schedule_yet(feed_id)
    raise Refusal(
        "not_found",
        f"La ligne « {route_id[:100]} » n'existe pas : cherchez-la à /mobilite/v1/routes?q=…",
    )
