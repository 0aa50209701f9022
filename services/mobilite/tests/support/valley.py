"""A valley of two networks: a bus from the village to its station, a train, a tram to the hospital.

Tests request its journeys over HTTP, on Monday 2 March 2026.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from boards import City, paris
from cities import DAILY
from fastapi import FastAPI

from mobilite.car_parks.domain.car_park import CarPark, CarParks
from mobilite.emissions.adapters.factors_file import read_factors
from mobilite.journeys.adapters.straight_ways import straight_walking
from mobilite.journeys.api.isochrones import isochrones_router
from mobilite.journeys.api.journeys import journeys_router
from mobilite.journeys.api.watch import FollowedJourneys, journey_router
from mobilite.journeys.flows.follow_networks import JourneyNetworks
from mobilite.journeys.flows.journey_costs import JourneyCosts
from mobilite.journeys.flows.page_connections import UNOBSERVED, PageConnections
from mobilite.machine.flows.search_limiter import SearchLimiter
from mobilite.rental.flows.live_rentals import RentalState
from mobilite.wiring.openapi import PREFIX
from socle.clock import ManualClock
from socle.http import make_app

NOW = paris("07:30:00")
_AGENCY = (
    "agency_id,agency_name,agency_url,agency_timezone\na,{0},https://{0}.example,Europe/Paris\n"
)
TRAIN = {
    "agency.txt": _AGENCY.format("train"),
    "stops.txt": """\
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,platform_code,wheelchair_boarding
val,Val-sur-Cisse,47.6000,1.2000,1,,,1
val-1,Val-sur-Cisse,47.6001,1.2001,0,val,1,1
ville,Ville,47.9000,1.9000,1,,,1
ville-2,Ville,47.9001,1.9001,0,ville,2,1
mi,Mi-chemin,47.7500,1.5500,0,,,2
""",
    "routes.txt": """\
route_id,agency_id,route_short_name,route_type,route_color
ter,a,TER,2,00AA00
""",
    "trips.txt": """\
route_id,service_id,trip_id,trip_headsign,shape_id,wheelchair_accessible
ter,daily,t8,Ville,s,1
ter,daily,t9,Ville,s,1
""",
    "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence
t8,08:15:00,08:15:00,val-1,1
t8,08:30:00,08:31:00,mi,2
t8,08:45:00,08:45:00,ville-2,3
t9,09:15:00,09:15:00,val-1,1
t9,09:30:00,09:31:00,mi,2
t9,09:45:00,09:45:00,ville-2,3
""",
    "calendar.txt": DAILY,
    "shapes.txt": """\
shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence
s,47.5500,1.1000,1
s,47.6001,1.2001,2
s,47.7000,1.5000,3
s,47.7500,1.5500,4
s,47.9001,1.9001,5
s,48.0000,2.0000,6
""",
}
BUS = {
    "agency.txt": _AGENCY.format("bus"),
    "stops.txt": """\
stop_id,stop_name,stop_lat,stop_lon
bourg,Bourg,47.5800,1.1500
gare,Gare de Val,47.6005,1.2005
parvis,Parvis,47.9003,1.9003
hopital,Hôpital,47.9300,1.9300
""",
    "routes.txt": "route_id,agency_id,route_short_name,route_type\nb,a,2,3\nt,a,A,0\n",
    "trips.txt": """\
route_id,service_id,trip_id,trip_headsign
b,daily,b8,Gare
b,daily,b9,Gare
t,daily,a1,Hôpital
t,daily,a2,Hôpital
""",
    "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence
b8,07:50:00,07:50:00,bourg,1
b8,08:05:00,08:05:00,gare,2
b9,08:50:00,08:50:00,bourg,1
b9,09:05:00,09:05:00,gare,2
a1,08:55:00,08:55:00,parvis,1
a1,09:10:00,09:10:00,hopital,2
a2,09:55:00,09:55:00,parvis,1
a2,10:10:00,10:10:00,hopital,2
""",
    "calendar.txt": DAILY,
}
TAKING_BICYCLES = {
    "train": {
        **TRAIN,
        "trips.txt": TRAIN["trips.txt"]
        .replace("accessible\n", "accessible,bikes_allowed\n")
        .replace(",s,1\n", ",s,1,1\n"),
    },
    "bus": BUS,
}
"""The files of the valley with trains that take bicycles."""
VILLAGE, HOSPITAL = "bus:bourg", "bus:hopital"
FARM: Final = "47.6400,1.2600"
"""Seven kilometres from the station of the valley; no stop is near."""
STATION: Final = CarPark(
    "41001-P-001",
    "P+R Gare de Val",
    47.6012,
    1.2012,
    capacity=120,
    park_and_ride=80,
    disabled=4,
    free=True,
    max_height=210,
    info="Ouvert jour et nuit",
    url="https://val.example/parking",
)
HALFWAY: Final = CarPark("41001-P-002", "Mi-chemin", 47.7505, 1.5505, park_and_ride=20, free=False)
BY_CAR: Final = {"from": FARM, "modes": "transit,car"}
"""From the farm, by car to a car park; then by any vehicle."""


class Valley:
    """The networks of the valley, and the journeys in them."""

    def __init__(
        self,
        *,
        now: datetime = NOW,
        files: Mapping[str, Mapping[str, str]] | None = None,
        connections: PageConnections = UNOBSERVED,
    ) -> None:
        self.city, self.clock, self.connections = City(now=now), ManualClock(now), connections
        for feed_id, feed in ({"train": TRAIN, "bus": BUS} if files is None else files).items():
            self.city.schedule(feed, feed_id)
        self.rentals = RentalState()
        self.networks = JourneyNetworks(
            self.city.live, self.clock, places=self.city.live.places, walking=straight_walking
        )

    async def refresh(self) -> None:
        """Bring the places and the network of journeys up to date with what was published."""
        self.city.live.places.refresh()
        await self.networks.refresh()

    def followed(self) -> FollowedJourneys:
        """The journeys that one replica follows."""
        costs, limiter = JourneyCosts(read_factors()), SearchLimiter()
        return FollowedJourneys(
            self.networks, self.clock, costs, limiter, lambda: self.rentals, self.connections
        )

    def app(self) -> FastAPI:
        """The API of journeys."""
        costs = JourneyCosts(read_factors())
        app = make_app("Itinéraires", service="mobilite", clock=self.clock)
        limiter = SearchLimiter()
        for router in (
            journeys_router(
                self.networks.get,
                self.clock,
                costs,
                limiter,
                lambda: self.rentals,
                connections=self.connections,
            ),
            journey_router(self.followed()),
            isochrones_router(self.networks.get, self.clock),
        ):
            router.add_to(app, prefix=PREFIX)
        return app


def with_car_parks(*parks: CarPark) -> Valley:
    """The valley with these car parks; without any, that at its station."""
    found = Valley()
    found.networks.park_at(CarParks(parks or (STATION,)))
    return found


def rides(journey: Any) -> list[str | None]:
    """The trips of a journey; None for a way on foot."""
    return [leg["trip_id"] for leg in journey["legs"]]


def clocks(journey: Any) -> tuple[str, str]:
    """The local times of departure and arrival, HH:MM."""
    return journey["departure"][11:16], journey["arrival"][11:16]
