"""The roles of esante, assembled: the one place that sees everything."""

from esante.api.app import make_api
from esante.settings import EsanteSettings
from socle.service import Given, Running


async def wire_api(given: Given[EsanteSettings]) -> Running:
    """The role that answers over HTTP."""
    face = make_api(started=given.clock.now(), clock=given.clock)
    return Running(app=face, audiences=frozenset({"esante"}))
