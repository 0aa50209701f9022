"""The FastAPI application of portail: pages, static files, errors as pages."""

from zoneinfo import ZoneInfo

from fastapi import FastAPI

from portail.api.pages.accessibilite.page import accessibility_router
from portail.api.pages.accueil.page import home_router
from portail.api.pages.arret.page import stop_router
from portail.api.pages.arret.stream import board_stream_router
from portail.api.pages.erreur.page import render_errors_as_pages
from portail.api.pages.perturbations.page import disruptions_router
from portail.api.rendering import Pages
from portail.api.static_files import StaticFiles
from portail.flows.watch_board import WatchedStops
from portail.ports import PublicApi
from portail.settings import PortailSettings
from socle.clock import Clock
from socle.http import make_app


def make_pages(
    api: PublicApi, watched: WatchedStops, *, settings: PortailSettings, clock: Clock
) -> FastAPI:
    """The application with all pages. A new page is a folder in `pages/` and a line here."""
    static = StaticFiles()
    pages = Pages(static)
    zone = ZoneInfo(settings.zone)
    app = make_app("Portail", service="portail", clock=clock, docs_url=None)
    for router in (
        home_router(api, pages, clock, zone),
        # Before the route of the stop, because a stop id can contain slashes.
        board_stream_router(watched, pages, clock),
        stop_router(api, pages, clock),
        disruptions_router(api, pages, zone),
        accessibility_router(pages, contact=settings.contact),
        static.router(),
    ):
        app.include_router(router)
    render_errors_as_pages(app, pages)
    return app
