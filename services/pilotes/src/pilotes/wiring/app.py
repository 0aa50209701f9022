"""The HTTP application of pilotes: all routers of the capabilities."""

from collections.abc import Iterable
from typing import Final

from fastapi import APIRouter, FastAPI

from pilotes.http.api.preconditions import handle_preconditions
from socle.clock import Clock
from socle.http import make_app

PREFIX: Final = "/pilotes/v1"


def make_api(
    routers: Iterable[APIRouter], *, clock: Clock, pages: Iterable[APIRouter] = ()
) -> FastAPI:
    """The application of the role `api`.

    `routers`: those of the API; the prefix /pilotes/v1 is added.
    `pages`: those of pages; their addresses are complete.
    """
    app = make_app("Pilotes", service="pilotes", clock=clock)
    handle_preconditions(app)
    for router in routers:
        app.include_router(router, prefix=PREFIX)
    for router in pages:
        app.include_router(router)
    return app
