"""The roles of pilotes, wired: the only package that imports every capability.

api   the record of every pilot, its people and their pages
      changes → pilotes.{pilot,consent}.v1
fold  gateway.{request-served.v2,pilot-exposed.v1} → the log of each trial; pauses trials that do
      harm, refreshes figures, erases facts after their retention period; sends messages
      gateway.fact-seen.v1 → which facts services report
"""

from datetime import timedelta
from functools import partial

from pilotes.settings import PilotesSettings
from pilotes.wiring.app import make_api
from pilotes.wiring.feedback import trial_pages, trial_routers
from pilotes.wiring.fold import wire_fold
from pilotes.wiring.lab import coordinator_pages
from pilotes.wiring.messages import message_pages, wire_messages
from pilotes.wiring.pages import make_pages
from pilotes.wiring.people import people_pages, people_routers, wire_people
from pilotes.wiring.record import record_routers, wire_desk
from pilotes.wiring.resources import NAME, open_database, open_role_bus, watch_database
from pilotes.wiring.results import figure_routers, public_pages
from socle.auth import read_signing_keys
from socle.http.client import http_client
from socle.outbox import relay
from socle.service import RunningRole, WiringContext, combine

__all__ = ["wire_api", "wire_fold"]


async def wire_api(given: WiringContext[PilotesSettings]) -> RunningRole:
    """The role that answers over HTTP, and publishes changes from the outbox."""
    keys = read_signing_keys(given.settings.signing_keys, variable="PILOTES_SIGNING_KEYS")
    pool = await open_database(given)
    bus = await open_role_bus(given)
    desk, signer = wire_desk(pool, keys, given.settings, given.clock)
    people = wire_people(pool, given.settings, given.clock, signer)
    pages = make_pages(given.settings.public)
    routers = (
        *record_routers(desk, signer, keys),
        *people_routers(desk, people, pages),
        *trial_routers(pool, desk, people),
        *figure_routers(pool, desk, pages, read=signer.read, public=given.settings.public),
    )
    session = await given.stack.enter_async_context(http_client(time_limit=2.0))
    page_routers = (
        *people_pages(people, pages),
        *trial_pages(pool, desk, people, pages, read=signer.read),
        *public_pages(pool, desk, pages, read=signer.read),
        *message_pages(desk, people, wire_messages(pool, given.settings, given.clock), pages),
        *coordinator_pages(
            pool,
            desk,
            people,
            pages,
            read=signer.read,
            session=session,
            gateway=given.settings.api,
        ),
    )
    app = make_api(routers, page_routers, pages, clock=given.clock)
    running = RunningRole(
        app=app,
        # An announcement of a pilot contains its salt, which is encrypted elsewhere: it is not
        # retained.
        tasks={"outbox": partial(relay, pool, bus, retention=timedelta())},
        audiences=frozenset({NAME}),
    )
    return combine(running, watch_database(given))
