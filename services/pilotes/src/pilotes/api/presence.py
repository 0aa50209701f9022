"""GET /presence."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from pilotes.flows.tell_presence import tell_presence
from socle.clock import Clock


class PresenceBody(BaseModel):
    """Since when the service answers, and for how many seconds."""

    since: datetime
    seconds: float


def presence_router(*, started: datetime, clock: Clock) -> APIRouter:
    """The address that tells presence."""
    router = APIRouter(tags=["pilotes"])

    @router.get("/presence", summary="Depuis quand le service répond")
    async def presence() -> PresenceBody:
        told = tell_presence(started=started, clock=clock)
        return PresenceBody(since=told.since, seconds=told.seconds)

    return router
