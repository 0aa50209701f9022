"""The HTTP face of esante."""

from datetime import datetime

from fastapi import FastAPI

from esante.api.presence import presence_router
from socle.clock import Clock
from socle.http import make_app

PREFIX = "/esante/v1"


def make_api(*, started: datetime, clock: Clock) -> FastAPI:
    """Every address of esante."""
    app = make_app("Esante", service="esante", clock=clock)
    app.include_router(presence_router(started=started, clock=clock), prefix=PREFIX)
    return app
