"""The role `subscriptions`: matches changes and delivers notifications."""

import random
import uuid
from dataclasses import dataclass, replace
from functools import partial

from esante.access.adapters.record_loader import RecordLoader
from esante.core.flows.worker_pool import WorkerPool
from esante.events import ResourceChangedV1
from esante.interactions.flows.read import read_version
from esante.settings import EsanteSettings
from esante.store.adapters.outbox_notifier import OutboxNotifier
from esante.store.ports import ResourceStore
from esante.subscriptions.adapters.delivery_metrics import count_outcome, report_queue
from esante.subscriptions.adapters.rest_hook import RestHook
from esante.subscriptions.adapters.subscription_queue import PostgresSubscriptionQueue
from esante.subscriptions.flows.delivery_dependencies import Dependencies
from esante.subscriptions.flows.dispatch_deliveries import DeliveryDispatcher
from esante.subscriptions.flows.match_change import ChangeMatcher
from esante.subscriptions.flows.read_now import ReadVersionNow
from esante.subscriptions.ports import Subscriber
from esante.wiring.roles import NAME, wire_api
from esante.wiring.rules import wire_rules
from esante.wiring.search_parameters import follow_parameters
from esante.wiring.store import open_store
from socle.bus import open_bus
from socle.clock import Clock
from socle.http import http_client
from socle.outbox import Outbox
from socle.postgres import Pool, migrate, open_pool
from socle.service import RunningRole, WiringContext, combine

GROUP = "esante.subscriptions"
_CONNECTIONS = 12
_POOL_SETTINGS = {"enable_seqscan": "off"}
"""Statements are planned once, while tables are small: plans that scan them would remain in use."""
_BATCH = 100
"""Changes that are matched at once."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """Implements `ReadDependencies`."""

    store: ResourceStore
    clock: Clock
    base: str
    workers: WorkerPool


async def wire_subscriptions(context: WiringContext[EsanteSettings]) -> RunningRole:
    """The role `subscriptions`: any number of replicas share the changes and the deliveries."""
    settings, clock = context.settings, context.clock
    database = settings.postgres.get_secret_value()
    await migrate(database, NAME)
    pool = await context.stack.enter_async_context(
        open_pool(
            database,
            application_name=f"{NAME}-subscriptions",
            max_size=_CONNECTIONS,
            skip_session_reset=True,
            settings=_POOL_SETTINGS,
        )
    )
    bus = await context.stack.enter_async_context(
        open_bus(context.platform.kafka, source=NAME, clock=clock, lazy=True)
    )
    session = await context.stack.enter_async_context(http_client(outside=True))
    notifier = OutboxNotifier(pool)
    subscriber = RestHook(session, settings.trusted_origins)
    matcher, dispatcher = wire_deliveries(settings, pool, notifier, subscriber, clock)
    return RunningRole(
        tasks={
            "subscription_matching": partial(
                bus.consume_batches,
                ResourceChangedV1,
                group=GROUP,
                handle=matcher.handle,
                batch=_BATCH,
            ),
            "subscription_deliveries": dispatcher.run,
            "subscription_notifier": notifier.run,
            "subscription_parameters": (await follow_parameters(pool, clock)).run,
        },
        checks={"subscriptions": bus.why_not},
    )


async def wire_all(context: WiringContext[EsanteSettings]) -> RunningRole:
    """All roles in one process, for one machine. It serves FHIR before it receives changes."""
    notifying = await wire_subscriptions(context)
    notifying = replace(notifying, checks={}, notes=notifying.checks)
    rules = await wire_rules(context)
    rules = replace(rules, checks={}, notes=rules.checks)
    return combine(await wire_api(context), notifying, rules)


def wire_deliveries(
    settings: EsanteSettings,
    pool: Pool,
    notifier: OutboxNotifier,
    subscriber: Subscriber,
    clock: Clock,
) -> tuple[ChangeMatcher, DeliveryDispatcher]:
    """The matcher of changes, and the dispatcher that it wakes."""
    queue, workers = PostgresSubscriptionQueue(pool), WorkerPool()
    store = open_store(pool, Outbox(NAME, clock), notifier, clock, settings.base, batched=True)
    reading = _Reading(store, clock, settings.base, workers)
    read_now = ReadVersionNow(
        partial(read_version, dependencies=reading), RecordLoader(pool, clock).load
    )
    dispatcher = DeliveryDispatcher(
        Dependencies(
            queue,
            store,
            subscriber,
            read_now,
            clock,
            settings.base,
            lambda: str(uuid.uuid4()),
            random.random,
            count_outcome,
        ),
        report_queue,
    )
    matcher = ChangeMatcher(
        queue,
        read_now,
        clock=clock,
        workers=workers,
        base=settings.base,
        wake=dispatcher.wake,
    )
    return matcher, dispatcher
