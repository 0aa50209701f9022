"""The roles of esante, assembled: the one place that sees everything."""

import os
import uuid
from collections.abc import Sequence
from functools import partial

from esante.access.api import access_of_caller
from esante.access.domain.access_filter import access_filter
from esante.core.api.fhir_router import Face
from esante.core.domain.permissions import Access
from esante.core.flows.worker_pool import Aside
from esante.interactions.api.batch_transaction import BundleInteractions
from esante.interactions.api.capability_statement import Capability
from esante.interactions.api.history_interactions import HistoryInteractions
from esante.interactions.api.instance_interactions import InstanceInteractions
from esante.interactions.api.type_interactions import TypeInteractions
from esante.interactions.flows.dependencies import Needs
from esante.interactions.flows.read import read
from esante.interactions.ports import Matching, Pairs
from esante.search.adapters.search_store import POOL_SETTINGS, PostgresSearches
from esante.search.api.search_interactions import SearchInteractions
from esante.search.domain.query.conditions import Reading
from esante.search.flows.search import matching
from esante.search.ports import Matched, Searches
from esante.settings import EsanteSettings
from esante.store.adapters.canonical_store import PostgresCanonicals
from esante.store.adapters.outbox_notifier import OutboxBell
from esante.store.adapters.resource_store import PostgresResources
from esante.store.ports import Transaction
from esante.terminology.api.terminology_operations import TerminologyOperations
from esante.validation.adapters.fhirkit_structure import FhirkitStructure
from esante.validation.adapters.fhirpath_invariants import FhirpathInvariants
from esante.validation.api.validate_operation import ValidateOperation
from esante.validation.flows.validate import Validator
from esante.wiring.app import make_api
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
    return PostgresSearches(pool, access_filter, seconds=settings.search_seconds)


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
    reading = partial(read, needs=needs)
    validate = ValidateOperation(needs.validator, read=reading, aside=needs.aside)
    searching = SearchInteractions(searches, base=needs.base, clock=clock, aside=needs.aside)
    terms = TerminologyOperations(
        PostgresCanonicals(pool),
        read=reading,
        admit=needs.validator.admit,
        aside=needs.aside,
        clock=clock,
    )
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
    face = Face((each for of in served for each in of.interactions()), access_of_caller)
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
