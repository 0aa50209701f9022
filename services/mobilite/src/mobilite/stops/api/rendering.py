"""Stops, and the routes that serve them, as JSON."""

from collections.abc import Sequence
from typing import Final, Literal
from weakref import WeakKeyDictionary

import numpy as np

from mobilite.gtfs.domain.enumerations import Access
from mobilite.gtfs.domain.ids import global_id
from mobilite.gtfs.domain.route_types import modes_of
from mobilite.realtime.domain.run_trip import RunTrip
from mobilite.stops.api.models import (
    FoundStopJson,
    RouteJson,
    StopDetailJson,
    StopJson,
    StopListJson,
)
from mobilite.stops.flows.find_stops import StopHit, StopPage
from mobilite.stops.flows.get_stop import FoundStop
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.timetable import ENTRANCE, Timetable

_LOCATION_TYPES: Final[
    tuple[Literal["stop", "station", "entrance", "node", "boarding_area"], ...]
] = (
    "stop",
    "station",
    "entrance",
    "node",
    "boarding_area",
)

ACCESS: Final[tuple[Access, ...]] = ("unknown", "yes", "no")
"""By the value of wheelchair_boarding or wheelchair_accessible."""

RenderedRoutes = WeakKeyDictionary[FeedSchedule, dict[int, RouteJson]]
"""Cached JSON of routes by row, as long as their schedule is in service."""


def stop_json(schedule: FeedSchedule, stop: int) -> StopJson:
    """A stop."""
    timetable = schedule.timetable
    lat, lon = float(timetable.stop_lat[stop]), float(timetable.stop_lon[stop])
    station = schedule.listed_stop(stop)
    return {
        "id": global_id(timetable.feed_id, timetable.stop_ids[stop]),
        "name": timetable.stop_names[stop],
        "code": timetable.stop_codes[stop] or None,
        "platform_code": timetable.stop_platform[stop] or None,
        "kind": _LOCATION_TYPES[timetable.stop_kind[stop]],
        "station": (
            None if station == stop else global_id(timetable.feed_id, timetable.stop_ids[station])
        ),
        "lat": None if np.isnan(lat) else round(lat, 6),
        "lon": None if np.isnan(lon) else round(lon, 6),
        "wheelchair": ACCESS[timetable.stop_wheelchair[stop]],
        "timezone": timetable.local_zone(stop).key,
        "feed": timetable.feed_id,
    }


def stop_list_json(page: StopPage) -> StopListJson:
    """A page of stops found."""
    return {"stops": [_found_stop_json(hit) for hit in page.hits], "next": page.next}


def _found_stop_json(hit: StopHit) -> FoundStopJson:
    routes = _routes_json(hit.found)
    return {
        **stop_json(hit.found.schedule, hit.found.stop),
        "distance": None if hit.distance is None else round(hit.distance, 1),
        "routes": routes,
        "modes": modes_of(each["type"] for each in routes),
        "towards": list(hit.found.schedule.towards(hit.found.boarding_stops())),
    }


def stop_detail_json(found: FoundStop, alerts: Sequence[str]) -> StopDetailJson:
    """A stop with its platforms, the routes that serve them in display order, and the ids of its
    alerts."""
    schedule, timetable = found.schedule, found.schedule.timetable
    platforms = [
        int(child)
        for child in timetable.children_of(found.stop)
        if timetable.stop_kind[child] < ENTRANCE
    ]
    return {
        **stop_json(schedule, found.stop),
        "platforms": [stop_json(schedule, platform) for platform in platforms],
        "routes": _routes_json(found),
        "alerts": list(alerts),
    }


def _routes_json(found: FoundStop) -> list[RouteJson]:
    """The routes that serve a stop or one of its platforms, in display order."""
    schedule = found.schedule
    routes = {route for stop in found.boarding_stops() for route, _ in schedule.lines_at(stop)}
    return [
        route_json(schedule.timetable, route)
        for route in sorted(routes, key=schedule.route_rank.__getitem__)
    ]


def route_json(timetable: Timetable, route: int) -> RouteJson:
    """A route."""
    route_type = int(timetable.route_type[route])
    return {
        "id": global_id(timetable.feed_id, timetable.route_ids[route]),
        "short_name": timetable.route_short[route] or None,
        "long_name": timetable.route_long[route] or None,
        "type": route_type if route_type >= 0 else None,
        "color": timetable.route_color[route] or None,
        "text_color": timetable.route_text_color[route] or None,
    }


def trip_route_json(timetable: Timetable, trip: RunTrip, routes: dict[int, RouteJson]) -> RouteJson:
    """The route of a run. `routes`: a cache by row. A route outside the timetable has only the
    operator's id."""
    row = trip.route
    if row < 0:
        return {
            "id": global_id(timetable.feed_id, trip.route_id),
            "short_name": None,
            "long_name": None,
            "type": None,
            "color": None,
            "text_color": None,
        }
    if row not in routes:
        routes[row] = route_json(timetable, row)
    return routes[row]
