"""The HTTP face of portail."""

from datetime import datetime

from fastapi import FastAPI

from portail.api.presence import presence_router
from socle.clock import Clock
from socle.http import make_app

PREFIX = "/portail/v1"


def make_api(*, started: datetime, clock: Clock) -> FastAPI:
    """Every address of portail."""
    app = make_app("Portail", service="portail", clock=clock)
    app.include_router(presence_router(started=started, clock=clock), prefix=PREFIX)
    return app
