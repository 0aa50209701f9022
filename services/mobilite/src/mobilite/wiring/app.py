"""The HTTP application of the api role: every router."""

from fastapi import FastAPI

from mobilite.alerts.api.alerts import alerts_router
from mobilite.alerts.flows.visible_alerts import alert_ids_of_stop
from mobilite.boards.api.departures import departures_router
from mobilite.emissions.adapters.factors_file import read_factors
from mobilite.emissions.api.factors import factors_router
from mobilite.emissions.domain.factors import FactorTable
from mobilite.feed_status.api.feeds import feeds_router
from mobilite.gtfs.domain.ids import FeedId, GlobalId
from mobilite.live.flows import Live
from mobilite.places.api.places import places_router
from mobilite.rental.api.rental import rental_router
from mobilite.routes.api.routes import routes_router
from mobilite.siri.api.router import SIRI_PREFIX, siri_router
from mobilite.stops.api.stops import stops_router
from mobilite.streams.flows.subscriptions import Subscriptions
from mobilite.trips.api.route_runs import route_runs_router
from mobilite.trips.api.trips import trips_router
from mobilite.vehicles.api.vehicles import vehicles_router
from mobilite.wiring.live import after_catch_up
from mobilite.wiring.openapi import PREFIX, TAGS
from socle.clock import Clock
from socle.http import make_app


def make_api(live: Live, clock: Clock, factors: FactorTable | None = None) -> FastAPI:
    """The application with the endpoints that read the live state. `factors`: of emissions; None:
    the published ones."""
    app = make_app("Mobilité", service="mobilite", clock=clock, openapi_tags=TAGS)
    subscriptions = Subscriptions(live, clock)  # shared by all streams, for one limit of listeners

    def list_stop_alerts(feed_id: FeedId, stops: tuple[int, ...], *, now: int) -> list[GlobalId]:
        return alert_ids_of_stop(live.state, feed_id, stops, now=now)

    caught_up = [after_catch_up(live)]
    for router in (
        # Before the stops, whose path parameter would match "…/departures" too.
        departures_router(live, clock, subscriptions, lambda: live.places.current.hubs),
        places_router(live.places),
        stops_router(live, clock, list_stop_alerts),
        # Before the routes, whose path parameter would match "…/timetable" too.
        route_runs_router(live, clock, subscriptions),
        routes_router(live, clock, lambda: live.places.current.hubs),
        trips_router(live, clock, subscriptions),
        vehicles_router(live, clock, subscriptions),
        alerts_router(live, clock, subscriptions),
        feeds_router(live, live.rentals, clock),
        rental_router(live.rentals, clock),
    ):
        router.add_to(app, prefix=PREFIX, dependencies=caught_up)
    siri_router(live, clock).add_to(app, prefix=SIRI_PREFIX, dependencies=caught_up)
    factors_router(factors or read_factors()).add_to(app, prefix=PREFIX)
    return app
