"""Wiring of the role `fold`: it stores the gateway's events, checks the guardrails and incidents of
trials, refreshes their figures, erases facts after their retention period and sends messages."""

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from pilotes.events import FactSeenV1, PilotExposedV1, RequestServedV2
from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.desk import Desk
from pilotes.retention.adapters import PostgresRetention
from pilotes.retention.ports import Retention
from pilotes.safety.adapters import PostgresReports
from pilotes.safety.flows.stop_harm import stop_for_guardrails, stop_for_incidents
from pilotes.settings import PilotesSettings
from pilotes.usage.adapters.fact_store import PostgresFacts
from pilotes.usage.adapters.recruitment_log import PostgresRecruitment
from pilotes.usage.adapters.seen_facts import PostgresSeenFacts
from pilotes.usage.adapters.usage_metrics import UsageMetrics
from pilotes.usage.flows.participant_counts import StableCounts, publish_participant_counts
from pilotes.usage.flows.record_recruitment import record_recruitment
from pilotes.usage.flows.store_exposure import store_exposure
from pilotes.usage.flows.store_seen_fact import store_seen_fact
from pilotes.usage.flows.store_uses import store_uses
from pilotes.usage.ports import FactStore, UsageCounters
from pilotes.wiring.messages import message_tasks, wire_push_sender
from pilotes.wiring.record import wire_desk
from pilotes.wiring.resources import open_database, open_role_bus, watch_database
from pilotes.wiring.results import refresh_for_ever
from socle.auth import read_signing_keys
from socle.bus import Bus
from socle.clock import Clock
from socle.errors import Retry
from socle.events import EventT, Received
from socle.postgres import Pool
from socle.service import RunningRole, Task, WiringContext, combine

log = logging.getLogger("pilotes.fold")

GUARD_SECONDS: Final = 5.0
"""Seconds between two checks of guardrails and incidents. A pause is announced at once, and applies
at the gateway within five seconds, streams included (decision 0022)."""

COUNT_SECONDS: Final = 600.0
"""Seconds between two counts of participants: seldom, so that the time of a change does not reveal
who came."""

RETENTION_SECONDS: Final = 600.0
"""Seconds between two searches for facts to erase."""


async def wire_fold(given: WiringContext[PilotesSettings]) -> RunningRole:
    """The role that stores usage. Replicas share the partitions; a record that one has stored but
    not committed is delivered to another, which finds it stored."""
    pool = await open_database(given)
    bus = await open_role_bus(given)
    keys = read_signing_keys(given.settings.signing_keys, variable="PILOTES_SIGNING_KEYS")
    desk, signer = wire_desk(pool, keys, given.settings, given.clock)
    push = await wire_push_sender(given.stack, given.settings)
    facts, counters, reports = PostgresFacts(pool), UsageMetrics(), PostgresReports(pool)
    running = RunningRole(
        tasks=_consumers(bus, pool, facts, counters, given.clock)
        | {
            "guardrails": partial(
                _guard, partial(stop_for_guardrails, desk=desk, facts=facts), given.clock
            ),
            "retention": partial(_erase_due, PostgresRetention(pool), given.clock),
            **_count_tasks(pool, desk, facts, counters, given.clock),
            "incidents": partial(
                _guard, partial(stop_for_incidents, desk=desk, reports=reports), given.clock
            ),
            "figures": partial(refresh_for_ever, pool, desk),
            **message_tasks(pool, given.settings, given.clock, signer.read, push),
        },
        checks={"bus": bus.why_not},
    )
    return combine(running, watch_database(given))


def _consumers(
    bus: Bus, pool: Pool, facts: FactStore, counters: UsageCounters, clock: Clock
) -> dict[str, Task]:
    """What stores the events of the gateway."""
    uses = partial(store_uses, facts=facts, counters=counters, clock=clock)
    exposures = partial(store_exposure, facts=facts, counters=counters, clock=clock)
    seen = partial(store_seen_fact, seen=PostgresSeenFacts(pool), clock=clock)
    return {
        "uses": partial(bus.consume, RequestServedV2, group="pilotes.uses", handle=_handler(uses)),
        "exposures": partial(
            bus.consume, PilotExposedV1, group="pilotes.exposures", handle=_handler(exposures)
        ),
        "seen_facts": partial(
            bus.consume, FactSeenV1, group="pilotes.seen-facts", handle=_handler(seen)
        ),
    }


def _count_tasks(
    pool: Pool, desk: Desk, facts: PostgresFacts, counters: UsageMetrics, clock: Clock
) -> dict[str, Task]:
    """The tasks that count the people of each trial: for Prometheus, and by day for its team."""
    publish = partial(publish_participant_counts, desk=desk, facts=facts, counters=counters)
    record = partial(record_recruitment, desk=desk, facts=facts, log=PostgresRecruitment(pool))
    return {
        "people": partial(_publish_counts, publish, clock),
        "recruitment": partial(_record_counts, record, clock),
    }


async def _guard(stop: Callable[[], Awaitable[list[PilotId]]], clock: Clock) -> None:
    """Check every `GUARD_SECONDS`, also after a failure, until cancelled. `stop` returns the pilots
    that it paused."""
    while True:
        try:
            for pilot_id in await stop():
                log.warning("pilot %s was paused automatically", pilot_id)
        except Retry as retry:
            log.warning("guardrails and incidents cannot be checked now: %s", retry.message)
        await clock.sleep(GUARD_SECONDS)


async def _erase_due(retention: Retention, clock: Clock) -> None:
    """Erase facts every `RETENTION_SECONDS`, also after a failure, until cancelled."""
    while True:
        try:
            for pilot_id in await retention.erase_due(clock.now()):
                log.info("pilot %s: facts erased at the end of their retention period", pilot_id)
        except Retry as retry:
            log.warning("facts cannot be erased now: %s", retry.message)
        await clock.sleep(RETENTION_SECONDS)


async def _record_counts(record: Callable[[], Awaitable[None]], clock: Clock) -> None:
    """Record counts every `COUNT_SECONDS`, also after a failure, until cancelled."""
    while True:
        try:
            await record()
        except Retry as retry:
            log.warning("participants cannot be counted now: %s", retry.message)
        await clock.sleep(COUNT_SECONDS)


async def _publish_counts(
    publish: Callable[[StableCounts], Awaitable[StableCounts]], clock: Clock
) -> None:
    """Publish counts every `COUNT_SECONDS`, also after a failure, until cancelled."""
    counts: StableCounts = {}
    while True:
        try:
            counts = await publish(counts)
        except Retry as retry:
            log.warning("participants cannot be counted now: %s", retry.message)
        await clock.sleep(COUNT_SECONDS)


def _handler(
    store: Callable[[EventT], Awaitable[None]],
) -> Callable[[Received[EventT]], Awaitable[None]]:
    """A handler for `Bus.consume` that calls `store` with the data of each record."""

    async def handle(received: Received[EventT]) -> None:
        assert received.data is not None, "fact topics have no tombstones"
        await store(received.data)

    return handle
