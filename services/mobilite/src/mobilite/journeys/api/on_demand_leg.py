"""A demand-responsive leg as JSON, with its sentence."""

from typing import Final
from zoneinfo import ZoneInfo

from mobilite.gtfs.domain.enumerations import Access
from mobilite.gtfs.domain.ids import global_id
from mobilite.http.api.languages import TextLanguage
from mobilite.http.api.times import local_time
from mobilite.journeys.api.models import JourneyLegJson, JourneyPlaceJson
from mobilite.journeys.api.way_rendering import straight_json
from mobilite.journeys.domain.journey import OnDemandLeg
from mobilite.on_demand.api.bookings import booking_json
from mobilite.stops.api.models import RouteJson

_ACCESS: Final[tuple[Access, ...]] = ("unknown", "yes", "no")
"""By the value of wheelchair_accessible."""


def on_demand_access(leg: OnDemandLeg) -> Access:
    """Whether the vehicle takes wheelchairs, by the timetable."""
    wheelchair = leg.ride.trip.wheelchair
    return _ACCESS[wheelchair] if 0 <= wheelchair < len(_ACCESS) else "unknown"


def on_demand_json(
    leg: OnDemandLeg,
    start: JourneyPlaceJson,
    end: JourneyPlaceJson,
    route: RouteJson,
    zone: ZoneInfo,
    language: TextLanguage,
) -> JourneyLegJson:
    """The leg between two places. `zone`: of the times."""
    local, ride = local_time(zone), leg.ride
    departure, arrival = local(leg.departure), local(leg.arrival)
    return {
        "mode": "on_demand",
        "from": start,
        "to": end,
        "departure": departure,
        "arrival": arrival,
        "scheduled_departure": departure,
        "scheduled_arrival": arrival,
        "duration": leg.arrival - leg.departure,
        "distance": leg.metres,
        "trip_id": global_id(ride.trips.timetable.feed_id, ride.trip.trip_id),
        "start_date": str(ride.day),
        "start_time": None,
        "route": route,
        "headsign": ride.trip.headsign or None,
        "state": "scheduled",
        "occupancy": None,
        "wheelchair": on_demand_access(leg),
        "steps": [],
        "stops": [],
        "alerts": [],
        "geometry": straight_json(start, end),
        "on_streets": False,
        "stay_seated": False,
        "booking": booking_json(ride, leg.departure, zone, language),
        "rental": None,
        "connection": None,
    }
