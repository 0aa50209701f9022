"""The HTTP face of pilotes: every address is a router that `wiring` gives."""

from collections.abc import Iterable
from typing import Final

from fastapi import APIRouter, FastAPI

from pilotes.http.api.preconditions import answer_preconditions
from socle.clock import Clock
from socle.http import make_app

PREFIX: Final = "/pilotes/v1"


def make_api(
    routers: Iterable[APIRouter], *, clock: Clock, pages: Iterable[APIRouter] = ()
) -> FastAPI:
    """Every address of pilotes. `routers`: of what stands under /pilotes/v1; `pages`: of what
    people read, which name their whole address."""
    app = make_app("Pilotes", service="pilotes", clock=clock)
    answer_preconditions(app)
    for router in routers:
        app.include_router(router, prefix=PREFIX)
    for router in pages:
        app.include_router(router)
    return app
