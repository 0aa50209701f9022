"""Vehicles as JSON and GeoJSON. Times are in the zone of their feed."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final
from weakref import WeakKeyDictionary

from mobilite.feeds.api.credits import CreditJson, credit_json
from mobilite.gtfs.domain.clock_times import format_time
from mobilite.gtfs.domain.ids import FeedId, global_id
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.http.api.languages import TextLanguage
from mobilite.http.api.times import utc
from mobilite.stops.api.models import RouteJson
from mobilite.stops.api.rendering import RenderedRoutes, route_json, trip_route_json
from mobilite.timetable.api.network_time import network_time
from mobilite.vehicles.api.models import (
    CarriageJson,
    Status,
    VehicleFeatureJson,
    VehicleGeoJson,
    VehicleJson,
    VehicleListJson,
    VehiclePartJson,
    VehicleStopJson,
)
from mobilite.vehicles.api.occupancy_texts import OCCUPANCY
from mobilite.vehicles.domain.fleet import Carriage, Place
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
    """A page of vehicles as points of a map. https://www.rfc-editor.org/rfc/rfc7946"""
    routes: RenderedRoutes = WeakKeyDictionary()
    return {
        "type": "FeatureCollection",
        "generated_at": utc(datetime.fromtimestamp(page.generated_at, UTC)),
        "feeds": feeds_json(state, (each.feed.feed_id for each in page.vehicles)),
        "features": [_feature(each, routes) for each in page.vehicles],
        "next": page.next,
    }


def feeds_json(state: VehiclesState, feed_ids: Iterable[FeedId]) -> list[CreditJson]:
    """The credits of these feeds, each once, by id."""
    return [credit_json(state, feed_id) for feed_id in sorted(set(feed_ids))]


def vehicle_json(detail: VehicleDetail, rendered: RenderedRoutes | None = None) -> VehicleJson:
    """A vehicle, which must have a position. `rendered`: a cache of routes, to which its own is
    added."""
    routes = WeakKeyDictionary() if rendered is None else rendered
    place = detail.sighting.vehicle.place
    assert place is not None
    return {"id": detail.id, "lat": place.lat, "lon": place.lon, **_part(detail, place, routes)}


def carriages_json(carriages: Sequence[Carriage], language: TextLanguage) -> list[CarriageJson]:
    """The carriages of a vehicle, in order, with texts in a language."""
    texts = OCCUPANCY[language]
    return [
        {
            "label": each.label,
            "occupancy": each.occupancy,
            "occupancy_text": None if each.occupancy is None else texts[each.occupancy],
            "occupancy_percentage": each.occupancy_percentage,
        }
        for each in carriages
    ]


def _feature(detail: VehicleDetail, routes: RenderedRoutes) -> VehicleFeatureJson:
    place = detail.sighting.vehicle.place
    assert place is not None
    return {
        "type": "Feature",
        "id": detail.id,
        "geometry": {"type": "Point", "coordinates": [place.lon, place.lat]},
        "properties": _part(detail, place, routes),
    }


def _part(detail: VehicleDetail, place: Place, routes: RenderedRoutes) -> VehiclePartJson:
    vehicle, run, trip = detail.sighting.vehicle, detail.run, detail.trip
    feed_id = detail.feed.feed_id
    return {
        "feed": feed_id,
        "label": vehicle.label,
        "bearing": place.bearing,
        "speed": place.speed,
        "occupancy": vehicle.occupancy,
        "occupancy_text": None if vehicle.occupancy is None else OCCUPANCY["fr"][vehicle.occupancy],
        "occupancy_percentage": vehicle.occupancy_percentage,
        "carriages": carriages_json(vehicle.carriages, "fr"),
        "status": _STATUS[vehicle.status],
        "stop": _stop(detail),
        "trip_id": None if trip is None else global_id(feed_id, trip.trip_id),
        "start_date": None if run is None else str(ServiceDate.of_ordinal(run.day)),
        "start_time": None if trip is None or trip.start is None else format_time(trip.start),
        "route": _route(detail, routes),
        "headsign": None if trip is None else trip.headsign(detail.position or 0),
        "delay": detail.delay,
        "measured_at": network_time(detail.feed.schedule)(detail.sighting.seen_at),
        "age": detail.sighting.age,
        "stale": detail.sighting.stale,
    }


def _stop(detail: VehicleDetail) -> VehicleStopJson | None:
    if detail.stop is None or detail.feed.schedule is None:
        return None
    timetable = detail.feed.schedule.timetable
    return {
        "id": global_id(detail.feed.feed_id, timetable.stop_ids[detail.stop]),
        "name": timetable.stop_names[detail.stop],
    }


def _route(detail: VehicleDetail, rendered: RenderedRoutes) -> RouteJson | None:
    """The route of its run, else the route of its trip descriptor."""
    descriptor, schedule = detail.sighting.vehicle.trip, detail.feed.schedule
    if schedule is None:
        return None
    if detail.trip is not None:
        return trip_route_json(schedule.timetable, detail.trip, rendered.setdefault(schedule, {}))
    if descriptor is None or descriptor.route_id is None:
        return None
    route = schedule.timetable.route_ids.index_of(descriptor.route_id)
    return None if route is None else route_json(schedule.timetable, route)
