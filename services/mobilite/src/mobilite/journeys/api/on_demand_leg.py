"""A demand-responsive leg as JSON, with its sentence."""

from typing import Final
from zoneinfo import ZoneInfo

from mobilite.gtfs.domain.enumerations import Access
from mobilite.gtfs.domain.ids import global_id
from mobilite.http.api.languages import TextLanguage
from mobilite.journeys.api.models import JourneyLegJson, JourneyPlaceJson
from mobilite.journeys.api.way_rendering import straight_json, way_json
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
    ride, line = leg.ride, straight_json(start, end)
    return {
        **way_json("on_demand", leg, (start, end), zone, line, on_streets=False),
        "trip_id": global_id(ride.trips.timetable.feed_id, ride.trip.trip_id),
        "start_date": str(ride.day),
        "route": route,
        "headsign": ride.trip.headsign or None,
        "state": "scheduled",
        "wheelchair": on_demand_access(leg),
        "stay_seated": False,
        "booking": booking_json(ride, leg.departure, zone, language),
    }
