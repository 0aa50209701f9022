"""Vehicles as JSON and GeoJSON. Times are in the zone of their feed."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final
from weakref import WeakKeyDictionary

from mobilite.feeds.api.credits import CreditJson, credit_json
from mobilite.gtfs.domain.clock_times import format_time
from mobilite.gtfs.domain.ids import FeedId, global_id
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.http.api.times import utc
from mobilite.stops.api.models import RouteJson
from mobilite.stops.api.rendering import RenderedRoutes, route_json, trip_route_json
from mobilite.timetable.api.network_time import network_time
from mobilite.vehicles.api.models import (
    Status,
    VehicleFeatureJson,
    VehicleGeoJson,
    VehicleJson,
    VehicleListJson,
    VehiclePartJson,
    VehicleStopJson,
)
from mobilite.vehicles.api.occupancy_texts import OCCUPANCY
from mobilite.vehicles.domain.fleet import Place
from mobilite.vehicles.domain.fleet import Status as GtfsStatus
from mobilite.vehicles.flows.list_vehicles import VehicleDetail, VehiclePage
from mobilite.vehicles.ports import VehiclesState

_STATUS: Final[dict[GtfsStatus, Status]] = {
    "INCOMING_AT": "incoming_at",
    "STOPPED_AT": "stopped_at",
    "IN_TRANSIT_TO": "in_transit_to",
}


def vehicle_list_json(state: VehiclesState, page: VehiclePage) -> VehicleListJson:
    """A page of vehicles."""
    routes: RenderedRoutes = WeakKeyDictionary()
    return {
        "generated_at": utc(datetime.fromtimestamp(page.generated_at, UTC)),
        "feeds": feeds_json(state, (each.feed.feed_id for each in page.vehicles)),
        "vehicles": [vehicle_json(each, routes) for each in page.vehicles],
        "next": page.next,
    }


def vehicle_geojson(state: VehiclesState, page: VehiclePage) -> VehicleGeoJson:
    """The same as points of a map. https://www.rfc-editor.org/rfc/rfc7946"""
    routes: RenderedRoutes = WeakKeyDictionary()
    return {
        "type": "FeatureCollection",
        "generated_at": utc(datetime.fromtimestamp(page.generated_at, UTC)),
        "feeds": feeds_json(state, (each.feed.feed_id for each in page.vehicles)),
        "features": [_feature(each, routes) for each in page.vehicles],
        "next": page.next,
    }


def feeds_json(state: VehiclesState, feed_ids: Iterable[FeedId]) -> list[CreditJson]:
    """The credits of the feeds."""
    return [credit_json(state, feed_id) for feed_id in sorted(set(feed_ids))]


def vehicle_json(seen: VehicleDetail, rendered: RenderedRoutes | None = None) -> VehicleJson:
    """A vehicle with a position; its route is added to `rendered`."""
    routes = WeakKeyDictionary() if rendered is None else rendered
    place = seen.sighting.vehicle.place
    assert place is not None
    return {"id": seen.id, "lat": place.lat, "lon": place.lon, **_part(seen, place, routes)}


def _feature(seen: VehicleDetail, routes: RenderedRoutes) -> VehicleFeatureJson:
    place = seen.sighting.vehicle.place
    assert place is not None
    return {
        "type": "Feature",
        "id": seen.id,
        "geometry": {"type": "Point", "coordinates": [place.lon, place.lat]},
        "properties": _part(seen, place, routes),
    }


def _part(seen: VehicleDetail, place: Place, routes: RenderedRoutes) -> VehiclePartJson:
    vehicle, run, trip = seen.sighting.vehicle, seen.run, seen.trip
    feed_id = seen.feed.feed_id
    return {
        "feed": feed_id,
        "label": vehicle.label,
        "bearing": place.bearing,
        "speed": place.speed,
        "occupancy": vehicle.occupancy,
        "occupancy_text": None if vehicle.occupancy is None else OCCUPANCY[vehicle.occupancy],
        "occupancy_percentage": vehicle.occupancy_percentage,
        "status": _STATUS[vehicle.status],
        "stop": _stop(seen),
        "trip_id": None if trip is None else global_id(feed_id, trip.trip_id),
        "start_date": None if run is None else str(ServiceDate.of_ordinal(run.day)),
        "start_time": None if trip is None or trip.start is None else format_time(trip.start),
        "route": _route(seen, routes),
        "headsign": None if trip is None else trip.headsign(seen.position or 0),
        "measured_at": network_time(seen.feed.schedule)(seen.sighting.seen_at),
        "age": seen.sighting.age,
        "stale": seen.sighting.stale,
    }


def _stop(seen: VehicleDetail) -> VehicleStopJson | None:
    if seen.stop is None or seen.feed.schedule is None:
        return None
    timetable = seen.feed.schedule.timetable
    return {
        "id": global_id(seen.feed.feed_id, timetable.stop_ids[seen.stop]),
        "name": timetable.stop_names[seen.stop],
    }


def _route(seen: VehicleDetail, rendered: RenderedRoutes) -> RouteJson | None:
    """The route of its run, else the route of its trip descriptor."""
    descriptor, schedule = seen.sighting.vehicle.trip, seen.feed.schedule
    if schedule is None:
        return None
    if seen.trip is not None:
        return trip_route_json(schedule.timetable, seen.trip, rendered.setdefault(schedule, {}))
    if descriptor is None or descriptor.route_id is None:
        return None
    route = schedule.timetable.route_ids.index_of(descriptor.route_id)
    return None if route is None else route_json(schedule.timetable, route)
