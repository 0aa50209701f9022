"""Legs on foot, by bicycle, by scooter and by car as JSON."""

from collections.abc import Sequence
from typing import Literal
from zoneinfo import ZoneInfo

from mobilite.car_parks.api.parking import parking_json
from mobilite.gtfs.domain.enumerations import Access
from mobilite.http.api.geojson import LineStringJson
from mobilite.http.api.times import local_time
from mobilite.journeys.api.models import (
    JourneyLegJson,
    JourneyPlaceJson,
    RentedVehicleJson,
)
from mobilite.journeys.domain.journey import CycleLeg, DriveLeg, OnDemandLeg, Rental, Spot, WalkLeg
from mobilite.rental.domain.dock import SharedMode


def way_json(
    mode: Literal["walk", "bicycle", "car", "on_demand", SharedMode],
    leg: WalkLeg | CycleLeg | DriveLeg | OnDemandLeg,
    ends: tuple[JourneyPlaceJson, JourneyPlaceJson],
    zone: ZoneInfo,
    geometry: LineStringJson | None,
    *,
    on_streets: bool,
) -> JourneyLegJson:
    """A way between two places. `zone`: of the times."""
    departure, arrival = map(local_time(zone), (leg.departure, leg.arrival))
    return {
        "mode": mode,
        "from": ends[0],
        "to": ends[1],
        "departure": departure,
        "arrival": arrival,
        "scheduled_departure": departure,
        "scheduled_arrival": arrival,
        "duration": leg.arrival - leg.departure,
        "distance": leg.metres,
        "trip_id": None,
        "start_date": None,
        "start_time": None,
        "route": None,
        "headsign": None,
        "state": None,
        "occupancy": None,
        "wheelchair": None,
        "steps": [],
        "stops": [],
        "alerts": [],
        "geometry": geometry,
        "on_streets": on_streets,
        "stay_seated": None,
        "booking": None,
        "rental": None,
        "parking": None,
        "connection": None,
    }


def cycle_json(
    leg: CycleLeg, start: JourneyPlaceJson, end: JourneyPlaceJson, zone: ZoneInfo
) -> JourneyLegJson:
    """A way by bicycle or scooter. `zone`: of the times."""
    way = way_json(leg.mode, leg, (start, end), zone, straight_json(start, end), on_streets=False)
    return way if leg.rental is None else {**way, "rental": _rental_json(leg.rental)}


def drive_json(
    leg: DriveLeg, start: JourneyPlaceJson, end: JourneyPlaceJson, zone: ZoneInfo
) -> JourneyLegJson:
    """A way by car to a park-and-ride. `zone`: of the times."""
    way = way_json("car", leg, (start, end), zone, straight_json(start, end), on_streets=False)
    return {**way, "wheelchair": drive_access(leg), "parking": parking_json(leg.car_park)}


def drive_access(leg: DriveLeg) -> Access:
    """Whether there are places for wheelchairs."""
    return "yes" if leg.car_park.disabled else "unknown"


def spot_json(spot: Spot) -> JourneyPlaceJson:
    """A rental station, or a car park, as the end of a leg."""
    lat, lon = spot.point
    return {
        "id": spot.id,
        "name": spot.name,
        "lat": round(lat, 6),
        "lon": round(lon, 6),
        "platform": None,
    }


def straight_json(start: JourneyPlaceJson, end: JourneyPlaceJson) -> LineStringJson | None:
    """The straight line between two places; None if one has no coordinates."""
    ends = [(place["lon"], place["lat"]) for place in (start, end)]
    return line_json([(lon, lat) for lon, lat in ends if lon is not None and lat is not None])


def line_json(points: Sequence[tuple[float, float]]) -> LineStringJson | None:
    """A line through points (longitude, latitude); None for fewer than two."""
    if len(points) < 2:
        return None
    return {"type": "LineString", "coordinates": [list(point) for point in points]}


def _rental_json(rental: Rental) -> RentedVehicleJson:
    return {
        "system": rental.taken.system,
        "licence": rental.taken.licence,
        "attribution": rental.taken.attribution,
        "vehicles_available": rental.taken.vehicles,
        "docks_available": rental.given_back.places,
        "rental_url": rental.taken.link,
    }
