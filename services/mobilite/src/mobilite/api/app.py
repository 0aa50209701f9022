"""The HTTP face of mobilité's api role."""

from typing import Any

from fastapi import Depends, FastAPI

from mobilite.api.alerts import alerts_router
from mobilite.api.departures import departures_router
from mobilite.api.feeds import feeds_router
from mobilite.api.rental import rental_router
from mobilite.api.routes import routes_router
from mobilite.api.stops import stops_router
from mobilite.api.trips import trips_router
from mobilite.api.vehicles import vehicles_router
from mobilite.flows.live import Live
from mobilite.flows.watching import Watch
from socle.clock import Clock
from socle.http import make_app

PREFIX = "/mobilite/v1"


def make_api(live: Live, clock: Clock) -> FastAPI:
    """Every address of mobilité, reading the live state."""
    app = make_app("Mobilité", service="mobilite", clock=clock)
    watch = Watch(live, clock)  # one for all streams, which share its bound
    for router in (
        departures_router(live, clock, watch),  # before stops: `stop_id` would take the rest
        stops_router(live, clock),
        routes_router(live, clock),
        trips_router(live, clock),
        vehicles_router(live, clock, watch),
        alerts_router(live, clock, watch),
        feeds_router(live, clock),
        rental_router(live.rentals, clock),
    ):
        app.include_router(router, prefix=PREFIX, dependencies=[once_whole(live)])
    return app


def once_whole(live: Live) -> Any:
    """A dependency of addresses that answer nothing before the tables have been read."""

    async def must_be_whole() -> None:
        live.must_be_whole()

    return Depends(must_be_whole)
