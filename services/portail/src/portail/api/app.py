"""The FastAPI application of portail: pages, static files, errors as pages."""

from collections.abc import Iterator
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
from portail.api.pages.carte.page import map_router
from portail.api.pages.courses.page import trip_router
from portail.api.pages.donnees.page import open_data_router
from portail.api.pages.dossier import record_routers
from portail.api.pages.espaces.page import spaces_router
from portail.api.pages.hors_ligne.page import offline_router
from portail.api.pages.indicateurs.page import indicators_router
from portail.api.pages.itineraires.files import journey_files_router
from portail.api.pages.itineraires.followed import followed_router
from portail.api.pages.itineraires.page import journeys_router
from portail.api.pages.lignes.line_page import line_router
from portail.api.pages.lignes.page import lines_router
from portail.api.pages.mentions.page import legal_router
from portail.api.pages.perturbations.feed import disruption_feed_router
from portail.api.pages.perturbations.page import disruptions_router
from portail.api.rendering import make_pages, static_files
from portail.api.robots import robots_router
from portail.api.service_worker import service_worker_router
from portail.flows.watch_board import WatchedStops
from portail.ports import PublicApi
from portail.ports.records import RecordServices
from portail.settings import PortailSettings
from socle.clock import Clock
from socle.http import EntityTags, Router, make_app
from socle.pages import SITE_FILES, PageRequests, Pages


def make_portal(
    api: PublicApi,
    watched: WatchedStops,
    *,
    settings: PortailSettings,
    clock: Clock,
    records: RecordServices | None = None,
) -> FastAPI:
    """The application with all pages. A new page is a folder in `pages/` and a line below.

    `records`: of the record pages; None: the installation has none.
    """
    static = static_files()
    pages = make_pages(static, tiles=settings.tiles, tiles_credit=settings.tiles_credit)
    app = make_app("Portail", service="portail", clock=clock, docs_url=None)
    app.add_middleware(EntityTags)
    app.add_middleware(PageRequests)
    routers = (
        *_traveller_routers(api, watched, pages, clock, ZoneInfo(settings.zone)),
        *(record_routers(records, pages, ZoneInfo(settings.zone)) if records else ()),
        *_site_routers(pages, settings),
        SITE_FILES.router(),
        static.router(),
        robots_router(),
        manifest_router(static),
        service_worker_router(pages),
    )
    for router in routers:
        router.add_to(app)
    render_errors_as_pages(app, pages)
    return app


def _traveller_routers(
    api: PublicApi, watched: WatchedStops, pages: Pages, clock: Clock, zone: ZoneInfo
) -> Iterator[Router]:
    """The pages with what the public API knows. `zone`: of their times."""
    yield home_router(api, pages, clock, zone)
    yield nearby_router(api, pages, clock)
    yield completion_router(api, pages)
    # These two before the route of the stop, because a stop id can contain slashes.
    yield board_stream_router(watched, pages, clock)
    yield next_departures_router(api, pages, clock)
    yield stop_router(api, pages, clock)
    yield journeys_router(api, pages, clock, zone)
    yield followed_router(api, pages, clock)
    yield journey_files_router(api, clock, zone)
    yield lines_router(api, pages)
    yield line_router(api, pages, clock, zone)
    yield trip_router(api, pages, clock, zone)
    yield disruptions_router(api, pages, clock, zone)
    yield disruption_feed_router(api, pages, clock, zone)
    yield map_router(api, pages, clock)
    yield open_data_router(api, pages, clock, zone)
    yield indicators_router(api, pages, clock, zone)


def _site_routers(pages: Pages, settings: PortailSettings) -> Iterator[Router]:
    """The pages about the site itself."""
    yield spaces_router(pages)
    yield offline_router(pages)
    yield accessibility_router(pages, contact=settings.contact)
    yield legal_router(
        pages,
        operator=settings.operator,
        contact=settings.contact,
        demonstration=settings.demonstration,
    )
