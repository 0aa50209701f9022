"""The journeys role: searches journeys in the live state.

Imported only by the roles that search: it imports Numba, which reads the folder of its cache then
(`journeys/adapters/kernel_cache.py`).
"""

from fastapi import FastAPI

from mobilite.connections.domain.connection import TightRules
from mobilite.emissions.adapters.factors_file import read_factors
from mobilite.journeys.adapters.journey_metrics import count_refresh, count_search
from mobilite.journeys.adapters.straight_ways import straight_walking
from mobilite.journeys.api.isochrones import isochrones_router
from mobilite.journeys.api.journeys import journeys_router
from mobilite.journeys.api.watch import FollowedJourneys, journey_router
from mobilite.journeys.flows.follow_networks import JourneyNetworks
from mobilite.journeys.flows.journey_costs import JourneyCosts
from mobilite.journeys.flows.page_connections import PageConnections
from mobilite.live.flows import Live
from mobilite.machine.flows.search_limiter import SearchLimiter
from mobilite.rental.flows.live_rentals import RentalState
from mobilite.wiring.car_parks import wire_car_parks
from mobilite.wiring.connections import wire_recorder
from mobilite.wiring.live import after_catch_up
from mobilite.wiring.openapi import PREFIX
from mobilite.wiring.shared import Start
from mobilite.wiring.streets import wire_streets
from mobilite.wiring.web_push import wire_web_push
from socle.service import RunningRole, combine


async def wire_searches(given: Start, live: Live, app: FastAPI, tables: RunningRole) -> RunningRole:
    """Follow `live` in a network of journeys, and add its endpoints to `app`. `tables`: what
    applies the tables of the bus to `live`, rental stations included. Raises Refusal if the
    settings of notifications are not valid, Retry if their database is unreachable."""
    networks = JourneyNetworks(
        live,
        given.clock,
        places=live.places,
        walking=straight_walking,
        refreshed=count_refresh,
    )
    costs = JourneyCosts(read_factors(given.settings.emissions))
    recorder, recording = wire_recorder(given, live)
    rules = TightRules(given.settings.tight_probability, given.settings.tight_seconds)
    connections = PageConnections(lambda: recorder.errors, rules)
    limiter = SearchLimiter()

    def rented() -> RentalState:
        return live.rentals.state

    journeys = FollowedJourneys(networks, given.clock, costs, limiter, rented, connections)
    web_push, notifying = await wire_web_push(given, live, journeys.subscriptions, tables)

    for router in (
        journeys_router(
            networks.get, given.clock, costs, limiter, rented, count_search, connections
        ),
        journey_router(journeys),
        *web_push,
        isochrones_router(networks.get, given.clock),
    ):
        router.add_to(app, prefix=PREFIX, dependencies=[after_catch_up(live)])
    searches = RunningRole(
        tasks={"journeys": networks.run},
        checks={"journeys": networks.why_not},
        audiences=frozenset({"mobilite_journeys"}),
    )
    return combine(searches, recording, notifying, await _wire_ways(given, networks))


async def _wire_ways(given: Start, networks: JourneyNetworks) -> RunningRole:
    """What the ways to stops depend on, besides timetables."""
    streets = wire_streets(given, networks.walk_by)
    return combine(streets, await wire_car_parks(given, networks.park_at))
