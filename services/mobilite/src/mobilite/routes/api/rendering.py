"""Routes and trip paths as JSON."""

from collections.abc import Mapping

from mobilite.gtfs.domain.ids import global_id
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.routes.api.models import (
    AgencyJson,
    DirectionJson,
    ListedRouteJson,
    RouteDetailJson,
    RouteListJson,
    WayJson,
)
from mobilite.routes.domain.route_directions import Direction
from mobilite.routes.domain.trip_path import TripPath
from mobilite.routes.flows.get_route import RouteDetail
from mobilite.routes.flows.list_routes import FoundRoute, RoutePage
from mobilite.stops.api.rendering import route_json, stop_json
from mobilite.timetable.domain.agencies import agency_id
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.timetable import Timetable


def route_list_json(page: RoutePage) -> RouteListJson:
    """A page of routes."""
    return {"routes": [_listed(found) for found in page.routes], "next": page.next}


def route_detail_json(detail: RouteDetail) -> RouteDetailJson:
    """A route with its directions, connections and alerts."""
    timetable = detail.found.schedule.timetable
    ids = {
        stop: [_route_id(each) for each in routes] for stop, routes in detail.connections.items()
    }
    named = {_route_id(each): each for routes in detail.connections.values() for each in routes}
    return {
        **_listed(detail.found),
        "directions": [_direction(detail.found.schedule, each, ids) for each in detail.directions],
        "alerts": list(detail.alerts),
        "connections": [route_json(each.schedule.timetable, each.route) for each in named.values()],
        "valid_from": str(ServiceDate(timetable.first_date)),
        "valid_to": str(ServiceDate(timetable.last_date)),
    }


def trip_path_json(path: TripPath | None) -> WayJson:
    """The path of a trip; null members if it has none."""
    if path is None:
        return {"shape": None, "shape_source": None}
    return {
        "shape": {"type": "LineString", "coordinates": [list(point) for point in path.points]},
        "shape_source": path.source,
    }


def _listed(found: FoundRoute) -> ListedRouteJson:
    timetable = found.schedule.timetable
    return {
        **route_json(timetable, found.route),
        "agency": _agency(timetable, int(timetable.route_agency[found.route])),
        "feed": timetable.feed_id,
        "termini": list(found.schedule.termini_of(found.route)),
    }


def _route_id(found: FoundRoute) -> str:
    timetable = found.schedule.timetable
    return global_id(timetable.feed_id, timetable.route_ids[found.route])


def _agency(timetable: Timetable, agency: int) -> AgencyJson | None:
    if agency < 0:
        return None
    return {
        "id": global_id(timetable.feed_id, agency_id(timetable, agency)),
        "name": timetable.agency_names[agency],
        "url": timetable.agency_urls[agency] or None,
    }


def _direction(
    schedule: FeedSchedule, direction: Direction, connections: Mapping[int, list[str]]
) -> DirectionJson:
    return {
        "direction_id": direction.direction if direction.direction >= 0 else None,
        "headsigns": list(direction.headsigns),
        "trips": direction.trips,
        "stops": [
            {
                **stop_json(schedule, each.stop),
                "trips": each.trips,
                "connections": connections.get(each.stop, []),
            }
            for each in direction.stops
        ],
        "patterns": [
            {"trips": each.trips, "stops": list(each.rows)} for each in direction.patterns
        ],
        **trip_path_json(direction.path),
    }
