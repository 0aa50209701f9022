"""The roles of portail, assembled: the one place that sees everything."""

from portail.api.app import make_api
from portail.settings import PortailSettings
from socle.service import Given, Running


async def wire_api(given: Given[PortailSettings]) -> Running:
    """The role that answers over HTTP."""
    return Running(app=make_api(started=given.clock.now(), clock=given.clock))
