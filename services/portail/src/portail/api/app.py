"""The FastAPI application of portail: pages, static files, errors as pages."""

from zoneinfo import ZoneInfo

from fastapi import FastAPI

from portail.api.error_pages import render_errors_as_pages
from portail.api.manifest import manifest_router
from portail.api.pages.accessibilite.page import accessibility_router
from portail.api.pages.accueil.completion import completion_router
from portail.api.pages.accueil.nearby import nearby_router
from portail.api.pages.accueil.page import home_router
from portail.api.pages.arret.next_departures import next_departures_router
from portail.api.pages.arret.page import stop_router
from portail.api.pages.arret.stream import board_stream_router
from portail.api.pages.donnees.page import open_data_router
from portail.api.pages.espaces.page import spaces_router
from portail.api.pages.hors_ligne.page import offline_router
from portail.api.pages.itineraires.followed import followed_router
from portail.api.pages.itineraires.page import journeys_router
from portail.api.pages.mentions.page import legal_router
from portail.api.pages.perturbations.page import disruptions_router
from portail.api.rendering import make_pages, static_files
from portail.api.robots import robots_router
from portail.api.service_worker import service_worker_router
from portail.flows.watch_board import WatchedStops
from portail.ports import PublicApi
from portail.settings import PortailSettings
from socle.clock import Clock
from socle.http import make_app
from socle.pages import SITE_FILES, PageRequests


def make_portal(
    api: PublicApi, watched: WatchedStops, *, settings: PortailSettings, clock: Clock
) -> FastAPI:
    """The application with all pages. A new page is a folder in `pages/` and a line here."""
    static = static_files()
    pages = make_pages(static)
    zone = ZoneInfo(settings.zone)
    app = make_app("Portail", service="portail", clock=clock, docs_url=None)
    app.add_middleware(PageRequests)
    for router in (
        home_router(api, pages, clock, zone),
        nearby_router(api, pages, clock),
        completion_router(api, pages),
        # These two before the route of the stop, because a stop id can contain slashes.
        board_stream_router(watched, pages, clock),
        next_departures_router(api, pages, clock),
        stop_router(api, pages, clock),
        journeys_router(api, pages, clock, zone),
        followed_router(api, pages, clock, zone),
        disruptions_router(api, pages, zone),
        open_data_router(api, pages, zone),
        spaces_router(pages),
        accessibility_router(pages, contact=settings.contact),
        legal_router(
            pages,
            operator=settings.operator,
            contact=settings.contact,
            demonstration=settings.demonstration,
        ),
        SITE_FILES.router(),
        static.router(),
        robots_router(),
        offline_router(pages),
        manifest_router(static),
        service_worker_router(pages),
    ):
        router.add_to(app)
    render_errors_as_pages(app, pages)
    return app
