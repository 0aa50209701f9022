"""The HTTP face of pilotes."""

from datetime import datetime

from fastapi import FastAPI

from pilotes.api.presence import presence_router
from socle.clock import Clock
from socle.http import make_app

PREFIX = "/pilotes/v1"


def make_api(*, started: datetime, clock: Clock) -> FastAPI:
    """Every address of pilotes."""
    app = make_app("Pilotes", service="pilotes", clock=clock)
    app.include_router(presence_router(started=started, clock=clock), prefix=PREFIX)
    return app
