"""The HTTP application of pilotes: all routers of the capabilities."""

from collections.abc import Iterable
from typing import Final

from fastapi import FastAPI

from pilotes.http.api.addresses import API
from pilotes.http.api.error_pages import render_errors_as_pages
from pilotes.http.api.preconditions import handle_preconditions
from socle.clock import Clock
from socle.http import Router, make_app
from socle.pages import SITE_FILES, PageRequests, Pages

TAGS: Final = [
    {"name": "pilots", "description": "Pilotes"},
    {"name": "participants", "description": "Participants"},
    {"name": "surveys", "description": "Questionnaires"},
    {"name": "contributions", "description": "Avis"},
    {"name": "results", "description": "Résultats"},
    {"name": "decisions", "description": "Décisions"},
]
"""The groups of the API reference, with the French names that its pages display."""


def make_api(
    routers: Iterable[Router],
    page_routers: Iterable[Router],
    pages: Pages,
    *,
    clock: Clock,
) -> FastAPI:
    """The application of the role `api`.

    `routers`: those of the API; the prefix /pilotes/v1 is added. `page_routers`: those of pages;
    their addresses are complete. `pages`: renders the pages of errors.
    """
    app = make_app("Pilotes", service="pilotes", clock=clock, openapi_tags=TAGS)
    app.add_middleware(PageRequests)
    handle_preconditions(app)
    render_errors_as_pages(app, pages)
    for router in routers:
        router.add_to(app, prefix=API)
    for router in (*page_routers, SITE_FILES.router()):
        router.add_to(app)
    return app
