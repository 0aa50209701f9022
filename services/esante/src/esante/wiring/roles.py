"""The roles of esante, assembled."""

import os
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from esante.access.adapters.carer_links import PostgresCarerLinks
from esante.access.adapters.opening_rows import discard_past_openings
from esante.access.adapters.record_loader import RecordLoader
from esante.access.api import access_of_caller
from esante.access.domain.access_filter import access_filter
from esante.access.flows.load_access import cached_access, load_access
from esante.core.adapters.allocator import memory_release
from esante.core.api.fhir_router import FhirRouter, RequestTracing, Route
from esante.core.domain.permissions import Access
from esante.core.flows.body_budget import BodyBudget
from esante.core.flows.worker_pool import WorkerPool
from esante.interactions.api.batch_transaction import BundleInteractions
from esante.interactions.api.capability_statement import CapabilityInteraction
from esante.interactions.api.history_interactions import HistoryInteractions
from esante.interactions.api.instance_interactions import InstanceInteractions
from esante.interactions.api.invite_operation import InviteOperation
from esante.interactions.api.meta_operations import MetaOperations
from esante.interactions.api.type_interactions import TypeInteractions
from esante.interactions.flows.dependencies import Dependencies
from esante.interactions.flows.discard_expired import discard_expired
from esante.interactions.flows.read import read
from esante.interactions.ports import FindMatches, Pairs
from esante.search.adapters.search_store import POOL_SETTINGS, PostgresSearches
from esante.search.api.search_interactions import SearchInteractions
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.flows.follow_parameters import ParameterFollower
from esante.search.flows.load_codes import CodeLoader
from esante.search.flows.search import find_matches
from esante.search.ports import Matched, Searches
from esante.settings import EsanteSettings
from esante.store.adapters.canonical_store import PostgresCanonicals
from esante.store.adapters.content_store import PostgresContents
from esante.store.adapters.outbox_notifier import OutboxNotifier
from esante.store.adapters.resource_store import PostgresResources
from esante.store.ports import Transaction
from esante.subscriptions.flows.admit_channel import ChannelAdmission
from esante.subscriptions.flows.admit_subscription import SubscriptionAdmission
from esante.validation.adapters.fhirkit_structure import FhirkitValidator
from esante.validation.adapters.warning_metrics import count_warnings
from esante.validation.flows.validate import Validator
from esante.wiring.app import make_api
from esante.wiring.exports import open_export_worker, wire_exports
from esante.wiring.operations import Operations, wire_carers, wire_emergency, wire_operations
from esante.wiring.search_parameters import follow_parameters, open_indexing
from esante.wiring.store import open_store
from esante.wiring.subscription_operations import wire_subscription_operations
from esante.wiring.traces import open_traces
from socle.bus import open_bus
from socle.clock import Clock
from socle.outbox import Outbox, relay
from socle.postgres import Pool, migrate, open_pool
from socle.service import RunningRole, WiringContext

NAME = "esante"
VERSION = "0.1.0"
_STATEMENT_SECONDS = 12.0
"""Limit of one statement. A write that commits is not interrupted when its request times out: the
gateway waits longer than this for its response (`WRITE_MARGIN`)."""


async def wire_api(context: WiringContext[EsanteSettings]) -> RunningRole:
    """The role `api`: serves FHIR over HTTP and relays the outbox."""
    settings, clock = context.settings, context.clock
    database = settings.postgres.get_secret_value()
    await migrate(database, NAME)
    pool, relay_pool = await _open_pools(context)
    bus = await context.stack.enter_async_context(
        open_bus(context.platform.kafka, source=NAME, clock=clock, lazy=True)
    )
    notifier = OutboxNotifier(relay_pool)
    production = context.platform.env == "production"
    searches = await _open_searches(context)
    traces = await open_traces(
        settings, clock, context.stack, partial(new_id, clock), production=production
    )
    parameters = await follow_parameters(relay_pool, clock)
    router = wire_router(
        settings,
        pool,
        notifier,
        searches,
        clock,
        parameters,
        production=production,
        tracing=traces.tracing,
    )
    carers = wire_carers(pool, clock, settings.base, traces.tracing)
    exports = await open_export_worker(settings, clock, context.stack, name=NAME)
    resources = PostgresResources(pool, Outbox(NAME, clock), notifier)
    return RunningRole(
        app=make_api(router, carers, clock=clock, body_bytes=settings.largest_body),
        tasks={
            "outbox": partial(relay, relay_pool, bus),
            "outbox_notifier": notifier.run,
            "expired": partial(discard_expired, _discards(pool, resources)),
            "exports": exports.run,
            **traces.tasks,
            "search_parameters": parameters.run,
            "indexing": await open_indexing(settings, clock, context.stack, name=NAME),
        },
        audiences=frozenset({NAME}),
    )


def _discards(pool: Pool, resources: PostgresResources) -> Sequence[Callable[[], Awaitable[None]]]:
    """Chunks of Binary contents whose requests could not remove them, since the process was killed
    or the database away; records of Idempotency-Keys after 24 hours; past emergency accesses."""
    return (
        PostgresContents(pool).discard_abandoned,
        resources.discard_expired_records,
        partial(discard_past_openings, pool),
    )


async def _open_pools(context: WiringContext[EsanteSettings]) -> tuple[Pool, Pool]:
    """The pool of reads and writes, and that of the relay."""
    database = context.settings.postgres.get_secret_value()
    pool = await context.stack.enter_async_context(
        open_pool(
            database,
            application_name=NAME,
            max_size=context.settings.process_connections,
            statement_timeout=_STATEMENT_SECONDS,
            statements=1000,
            skip_session_reset=True,
        )
    )
    # A separate pool: the relay listens and holds a session lock, and definitions are never late.
    relay_pool = await context.stack.enter_async_context(
        open_pool(database, application_name=f"{NAME}-relay", max_size=3)
    )
    return pool, relay_pool


def wire_validator(*, production: bool) -> Validator:
    """The validator. `production`: whether fictitious national health identities are refused."""
    return Validator(FhirkitValidator(), production)


async def _open_searches(context: WiringContext[EsanteSettings]) -> Searches:
    """Open the searches with a pool of their own, so that reads and writes never wait for them."""
    settings = context.settings
    pool = await context.stack.enter_async_context(
        open_pool(
            settings.postgres.get_secret_value(),
            application_name=f"{NAME}-search",
            max_size=settings.process_connections,
            statement_timeout=settings.search_seconds,
            statements=1000,
            skip_session_reset=True,
            settings=POOL_SETTINGS,
        )
    )
    return PostgresSearches(pool, access_filter, seconds=settings.search_seconds)


def wire_router(
    settings: EsanteSettings,
    pool: Pool,
    notifier: OutboxNotifier,
    searches: Searches,
    clock: Clock,
    parameters: ParameterFollower,
    *,
    production: bool,
    tracing: RequestTracing | None = None,
) -> FhirRouter:
    """The router with all routes. `pool`: for reads and writes. `parameters`: reads the uploaded
    search parameters again."""
    canonicals, workers = PostgresCanonicals(pool), WorkerPool()
    codes = CodeLoader(canonicals, workers, settings.base)
    match = _find_matches(searches, codes, settings.base, clock)
    dependencies = _wire_dependencies(
        settings, pool, notifier, match, workers, clock, production=production
    )
    capability = CapabilityInteraction(base=settings.base, started=clock.now(), version=VERSION)
    instance, types = InstanceInteractions(dependencies), TypeInteractions(dependencies)
    history, bundles = HistoryInteractions(dependencies), BundleInteractions(dependencies)
    operations = wire_operations(dependencies, canonicals, searches, codes, clock)
    meta, records = MetaOperations(dependencies), RecordLoader(pool, clock)
    exports, jobs, start_async = wire_exports(
        settings, dependencies, pool, searches, partial(read, dependencies=dependencies)
    )
    search = SearchInteractions(
        searches,
        codes,
        base=settings.base,
        clock=clock,
        workers=workers,
        start_async=start_async,
        parameters=parameters,
    )
    served: tuple[Operations, ...] = (
        *(capability, instance, types, history, bundles, meta, search),
        wire_emergency(settings, dependencies, records),
        InviteOperation(dependencies, PostgresCarerLinks(pool, clock, settings.base)),
        *(*operations, exports, jobs, *wire_subscription_operations(dependencies, pool)),
    )
    router = _make_router(
        [each for of in served for each in of.routes()], settings, records, workers, tracing
    )
    capability.all_routes, bundles.respond = router.routes, router.respond
    return router


def _make_router(
    routes: Sequence[Route],
    settings: EsanteSettings,
    records: RecordLoader,
    workers: WorkerPool,
    tracing: RequestTracing | None,
) -> FhirRouter:
    in_this_process = max(settings.largest_held, settings.bodies_bytes // settings.process_count)
    share = max(settings.largest_held, in_this_process // 4)
    bodies = BodyBudget(in_this_process, share, executed=share, release_memory=memory_release())
    return FhirRouter(
        routes,
        access_of_caller,
        partial(load_access, load=records.load),
        partial(cached_access, find=records.find_cached),
        records.is_current,
        bodies,
        workers,
        max_body=settings.body_bytes,
        max_bundle=settings.largest_held,
        tracing=tracing,
    )


def _wire_dependencies(
    settings: EsanteSettings,
    pool: Pool,
    notifier: OutboxNotifier,
    match: FindMatches,
    workers: WorkerPool,
    clock: Clock,
    *,
    production: bool,
) -> Dependencies:
    return Dependencies(
        open_store(pool, Outbox(NAME, clock), notifier, clock, settings.base),
        PostgresContents(pool),
        clock,
        partial(new_id, clock),
        wire_validator(production=production),
        SubscriptionAdmission(
            settings.base, clock, ChannelAdmission(production, settings.trusted_origins)
        ),
        match,
        settings.base,
        workers,
        settings.body_bytes,
        settings.binary_bytes,
        settings.if_match_required,
        count_warnings=count_warnings,
    )


def new_id(clock: Clock) -> str:
    """A new logical id: a UUID version 7 (RFC 9562 §5.7), so that ids created at about the same
    time are adjacent in the index.

    Slices of a text, not `uuid.UUID`: each request and each new resource has an id.
    """
    moment = int(clock.now().timestamp() * 1000)
    bits = (moment << 80) | int.from_bytes(os.urandom(10), "big")
    bits = bits & ~(0xF << 76) | (0x7 << 76)
    text = f"{bits & ~(0x3 << 62) | (0x2 << 62):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _find_matches(searches: Searches, codes: CodeLoader, base: str, clock: Clock) -> FindMatches:
    """The function with which conditional interactions search their matches."""

    async def match(
        resource_type: str, pairs: Pairs, *, by: Access, within: Transaction
    ) -> Sequence[Matched]:
        return await find_matches(
            resource_type,
            pairs,
            by=by,
            searches=searches,
            codes=codes,
            context=SearchContext(base, clock.now()),
            within=within,
        )

    return match
