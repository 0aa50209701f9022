"""Routes and trip paths as JSON."""

from mobilite.gtfs.domain.ids import global_id
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
    """A route with its directions and alerts."""
    return {
        **_listed(detail.found),
        "directions": [_direction(detail.found.schedule, each) for each in detail.directions],
        "alerts": list(detail.alerts),
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
    }


def _agency(timetable: Timetable, agency: int) -> AgencyJson | None:
    if agency < 0:
        return None
    return {
        "id": global_id(timetable.feed_id, agency_id(timetable, agency)),
        "name": timetable.agency_names[agency],
        "url": timetable.agency_urls[agency] or None,
    }


def _direction(schedule: FeedSchedule, direction: Direction) -> DirectionJson:
    return {
        "direction_id": direction.direction if direction.direction >= 0 else None,
        "headsigns": list(direction.headsigns),
        "trips": direction.trips,
        "stops": [
            {**stop_json(schedule, each.stop), "trips": each.trips} for each in direction.stops
        ],
        **trip_path_json(direction.path),
    }
