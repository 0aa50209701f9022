"""The roles of esante, assembled: the one place that sees everything."""

import os
import uuid
from collections.abc import Sequence
from functools import partial

from esante.adapters.canonical_store import PostgresCanonicals
from esante.adapters.invariants import FhirpathInvariants
from esante.adapters.outbox_bell import OutboxBell
from esante.adapters.resource_store import PostgresResources
from esante.adapters.search_store import POOL_SETTINGS, PostgresSearches
from esante.adapters.structure import FhirkitStructure
from esante.api.app import make_api
from esante.api.bundles import BundleInteractions
from esante.api.capability import Capability
from esante.api.face import Face
from esante.api.history import HistoryInteractions
from esante.api.instance import InstanceInteractions
from esante.api.kind import TypeInteractions
from esante.api.searching import SearchInteractions
from esante.api.terminology import TerminologyOperations
from esante.api.validation import ValidateOperation
from esante.domain.access import Access
from esante.domain.query.conditions import Reading
from esante.flows.aside import Aside
from esante.flows.needs import Matching, Needs, Pairs
from esante.flows.search import matching
from esante.flows.validate import Validator
from esante.ports import Matched, Searches, Transaction
from esante.settings import EsanteSettings
from socle.bus import open_bus
from socle.clock import Clock
from socle.outbox import Outbox, relay
from socle.postgres import Pool, migrate, open_pool
from socle.service import RunningRole, WiringContext

NAME = "esante"
VERSION = "0.1.0"


async def wire_api(given: WiringContext[EsanteSettings]) -> RunningRole:
    """The role that answers over HTTP, and tells what changed."""
    settings, clock = given.settings, given.clock
    database = settings.postgres.get_secret_value()
    await migrate(database, NAME)
    pool = await given.stack.enter_async_context(
        open_pool(
            database,
            application_name=NAME,
            max_size=settings.connections,
            statements=1000,
            skip_session_reset=True,
        )
    )
    # Apart from the one that answers: the relay listens, and keeps a lock of its session.
    apart = await given.stack.enter_async_context(
        open_pool(database, application_name=f"{NAME}-relay", max_size=3)
    )
    bus = await given.stack.enter_async_context(
        open_bus(given.platform.kafka, source=NAME, clock=clock, away=True)
    )
    bell = OutboxBell(apart)
    production = given.platform.env == "production"
    searches = await _open_searches(given)
    face = wire_face(settings, pool, bell, searches, clock, production=production)
    return RunningRole(
        app=make_api(face, clock=clock, body_bytes=settings.body_bytes),
        tasks={"outbox": partial(relay, apart, bus), "outbox_bell": bell.run},
        audiences=frozenset({NAME}),
    )


def wire_validator(*, production: bool) -> Validator:
    """Who lets resources in."""
    return Validator(FhirkitStructure(), FhirpathInvariants(), production)


async def _open_searches(given: WiringContext[EsanteSettings]) -> Searches:
    """With connections of their own: what reads and writes never waits behind a search."""
    settings = given.settings
    pool = await given.stack.enter_async_context(
        open_pool(
            settings.postgres.get_secret_value(),
            application_name=f"{NAME}-search",
            max_size=settings.connections,
            statement_timeout=settings.search_seconds,
            statements=1000,
            skip_session_reset=True,
            settings=POOL_SETTINGS,
        )
    )
    return PostgresSearches(pool, seconds=settings.search_seconds)


def wire_face(
    settings: EsanteSettings,
    pool: Pool,
    bell: OutboxBell,
    searches: Searches,
    clock: Clock,
    *,
    production: bool,
) -> Face:
    """Every interaction that is served. `pool`: of the resources' database."""
    needs = _wire_needs(settings, pool, bell, searches, clock, production=production)
    capability = Capability(base=settings.base, started=clock.now(), version=VERSION)
    instance, kinds = InstanceInteractions(needs), TypeInteractions(needs)
    history, bundles = HistoryInteractions(needs), BundleInteractions(needs)
    validate = ValidateOperation(needs)
    searching = SearchInteractions(searches, needs)
    terms = TerminologyOperations(needs, PostgresCanonicals(pool))
    served = (
        capability,
        instance,
        kinds,
        history,
        bundles,
        validate,
        searching,
        terms,
    )
    face = Face(each for of in served for each in of.interactions())
    capability.served, bundles.answer = face.interactions, face.answer
    return face


def _wire_needs(
    settings: EsanteSettings,
    pool: Pool,
    bell: OutboxBell,
    searches: Searches,
    clock: Clock,
    *,
    production: bool,
) -> Needs:
    return Needs(
        PostgresResources(pool, Outbox(NAME, clock), bell),
        clock,
        partial(new_id, clock),
        wire_validator(production=production),
        _matching(searches, settings.base, clock),
        settings.base,
        Aside(),
        settings.body_bytes,
        settings.if_match_required,
    )


def new_id(clock: Clock) -> str:
    """A UUID of version 7 (RFC 9562 §5.7): ids of one time lie together in the index."""
    moment = int(clock.now().timestamp() * 1000)
    bits = (moment << 80) | int.from_bytes(os.urandom(10), "big")
    bits = bits & ~(0xF << 76) | (0x7 << 76)
    return str(uuid.UUID(int=bits & ~(0x3 << 62) | (0x2 << 62)))


def _matching(searches: Searches, base: str, clock: Clock) -> Matching:
    """Conditions are searches."""

    async def match(
        resource_type: str, pairs: Pairs, *, by: Access, within: Transaction
    ) -> Sequence[Matched]:
        return await matching(
            resource_type,
            pairs,
            by=by,
            searches=searches,
            reading=Reading(base, clock.now()),
            within=within,
        )

    return match
