"""The roles of portail, assembled: the only module that imports every layer."""

from typing import Final

from portail.adapters.public_api import HttpPublicApi
from portail.adapters.records import make_record_services
from portail.api.app import make_portal
from portail.api.pages.itineraires.followed import MAX_FOLLOWED
from portail.flows.shared_streams import MAX_STREAMS
from portail.flows.watch_board import MAX_STOPS, WatchedStops
from portail.ports.records import RecordServices
from portail.settings import PortailSettings
from socle.http import http_client
from socle.service import RunningRole, WiringContext

_TIME_LIMIT: Final = 3.0
"""Seconds for one API response; a slower one becomes an error page with a link to retry."""
_CONNECT_LIMIT: Final = 2.0
_RECORD_LIMIT: Final = 12.0
"""Seconds for one FHIR response: a panel gives up earlier, an emergency does not."""


async def wire_pages(context: WiringContext[PortailSettings]) -> RunningRole:
    """The role `pages`. It is ready even if the API is not: it then serves an error page."""
    session = await context.stack.enter_async_context(
        http_client(time_limit=_TIME_LIMIT, connect_limit=_CONNECT_LIMIT)
    )
    streams = await context.stack.enter_async_context(
        # None waits for the end of another: boards, journeys, lines and runs have limits of their
        # own.
        http_client(
            time_limit=None,
            connect_limit=_CONNECT_LIMIT,
            connections=MAX_STOPS + MAX_FOLLOWED + 2 * MAX_STREAMS,
        )
    )
    key = context.settings.api_key
    api = HttpPublicApi(
        session,
        streams,
        base=context.settings.api,
        key=key.get_secret_value() if key else None,
        clock=context.clock,
    )
    watched = WatchedStops(api)
    pages = make_portal(
        api,
        watched,
        settings=context.settings,
        clock=context.clock,
        records=await _records(context),
    )
    return RunningRole(app=pages, audiences=frozenset({"portail"}))


async def _records(context: WiringContext[PortailSettings]) -> RecordServices | None:
    """What the record pages need; None if they are not registered as an application."""
    settings = context.settings
    if settings.client_secret is None or not settings.client_secret.get_secret_value():
        return None
    session = await context.stack.enter_async_context(
        http_client(time_limit=_RECORD_LIMIT, connect_limit=_CONNECT_LIMIT)
    )
    return make_record_services(session, settings, context.clock)
