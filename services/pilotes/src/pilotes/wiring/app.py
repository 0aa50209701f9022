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
    """`routers`: those under /pilotes/v1; `pages`: routers with complete addresses."""
    app = make_app("Pilotes", service="pilotes", clock=clock)
    handle_preconditions(app)
    for router in routers:
        app.include_router(router, prefix=PREFIX)
    for router in pages:
        app.include_router(router)
    return app
