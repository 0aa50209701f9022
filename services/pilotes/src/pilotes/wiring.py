"""The roles of pilotes, assembled: the one place that sees everything."""

from pilotes.api.app import make_api
from pilotes.settings import PilotesSettings
from socle.service import Given, Running


async def wire_api(given: Given[PilotesSettings]) -> Running:
    """The role that answers over HTTP."""
    face = make_api(started=given.clock.now(), clock=given.clock)
    return Running(app=face, audiences=frozenset({"pilotes"}))
