"""The roles of portail, assembled: the one place that sees everything."""

from typing import Final

from portail.adapters.public_api import HttpPublicApi
from portail.api.app import make_pages
from portail.flows.watch_board import MOST_STOPS, WatchedStops
from portail.settings import PortailSettings
from socle.http import http_client
from socle.service import RunningRole, WiringContext

_TIME_LIMIT: Final = 3.0
"""Seconds for one API response; a slower one becomes an error page with a link to retry."""
_CONNECT_LIMIT: Final = 2.0


async def wire_pages(given: WiringContext[PortailSettings]) -> RunningRole:
    """The role that answers with pages. It is ready without the API: it has a page for that."""
    session = await given.stack.enter_async_context(
        http_client(time_limit=_TIME_LIMIT, connect_limit=_CONNECT_LIMIT)
    )
    streams = await given.stack.enter_async_context(
        http_client(time_limit=None, connect_limit=_CONNECT_LIMIT, connections=MOST_STOPS)
    )
    key = given.settings.api_key
    api = HttpPublicApi(
        session,
        streams,
        base=given.settings.api,
        key=key.get_secret_value() if key else None,
        clock=given.clock,
    )
    watched = WatchedStops(api)
    pages = make_pages(api, watched, settings=given.settings, clock=given.clock)
    return RunningRole(app=pages, audiences=frozenset({"portail"}))
