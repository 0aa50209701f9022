"""Wiring of the role that folds the gateway's events, guards the trials and erases old facts."""

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from pilotes.events import PilotExposedV1, RequestServedV2
from pilotes.record.domain.pilot import PilotId
from pilotes.retention.adapters import PostgresRetention
from pilotes.retention.ports import Retention
from pilotes.safety.adapters import PostgresReports
from pilotes.safety.flows.stop_harm import stop_for_guardrails, stop_for_incidents
from pilotes.settings import PilotesSettings
from pilotes.usage.adapters.fact_store import PostgresFacts
from pilotes.usage.adapters.usage_metrics import UsageMetrics
from pilotes.usage.flows.fold_exposure import fold_exposure
from pilotes.usage.flows.fold_uses import fold_uses
from pilotes.usage.flows.participant_counts import StableCounts, publish_participant_counts
from pilotes.wiring.record import wire_desk
from pilotes.wiring.resources import open_database, open_role_bus
from pilotes.wiring.results import refresh_for_ever
from socle.auth import read_signing_keys
from socle.clock import Clock
from socle.errors import Retry
from socle.events import EventT, Received
from socle.service import RunningRole, WiringContext

log = logging.getLogger("pilotes.fold")

GUARD_SECONDS: Final = 5.0
"""Between two checks of guardrails and incidents: a pause is announced at once, and applies at the
gateway within five seconds, streams included (decision 0022)."""

COUNT_SECONDS: Final = 600.0
"""Seldom, so that the time of a change does not reveal who came."""

RETENTION_SECONDS: Final = 600.0


async def wire_fold(given: WiringContext[PilotesSettings]) -> RunningRole:
    """Replicas share the partitions; what one has not committed another folds again, to no
    effect."""
    pool = await open_database(given)
    bus = await open_role_bus(given)
    keys = read_signing_keys(given.settings.signing_keys, variable="PILOTES_SIGNING_KEYS")
    desk, _ = wire_desk(pool, keys, given.settings, given.clock)
    facts, counters, reports = PostgresFacts(pool), UsageMetrics(), PostgresReports(pool)
    uses = partial(fold_uses, facts=facts, counters=counters, clock=given.clock)
    exposures = partial(fold_exposure, facts=facts, counters=counters, clock=given.clock)
    return RunningRole(
        tasks={
            "uses": partial(
                bus.consume,
                RequestServedV2,
                group="pilotes.uses",
                handle=_handler(uses),
            ),
            "exposures": partial(
                bus.consume,
                PilotExposedV1,
                group="pilotes.exposures",
                handle=_handler(exposures),
            ),
            "guardrails": partial(
                _guard, partial(stop_for_guardrails, desk=desk, facts=facts), given.clock
            ),
            "retention": partial(_erase_due, PostgresRetention(pool), given.clock),
            "people": partial(
                _publish_counts,
                partial(publish_participant_counts, desk=desk, facts=facts, counters=counters),
                given.clock,
            ),
            "incidents": partial(
                _guard, partial(stop_for_incidents, desk=desk, reports=reports), given.clock
            ),
            "figures": partial(refresh_for_ever, pool, desk),
        },
        checks={"bus": bus.why_not},
    )


async def _guard(stop: Callable[[], Awaitable[list[PilotId]]], clock: Clock) -> None:
    """Check for ever; after a failure, again."""
    while True:
        try:
            for pilot_id in await stop():
                log.warning("pilot %s was paused automatically", pilot_id)
        except Retry as retry:
            log.warning("guardrails and incidents cannot be checked now: %s", retry.message)
        await clock.sleep(GUARD_SECONDS)


async def _erase_due(retention: Retention, clock: Clock) -> None:
    while True:
        try:
            for pilot_id in await retention.erase_due(clock.now()):
                log.info("pilot %s: facts erased at the end of their retention period", pilot_id)
        except Retry as retry:
            log.warning("facts cannot be erased now: %s", retry.message)
        await clock.sleep(RETENTION_SECONDS)


async def _publish_counts(
    publish: Callable[[StableCounts], Awaitable[StableCounts]], clock: Clock
) -> None:
    counts: StableCounts = {}
    while True:
        try:
            counts = await publish(counts)
        except Retry as retry:
            log.warning("participants cannot be counted now: %s", retry.message)
        await clock.sleep(COUNT_SECONDS)


def _handler(
    fold: Callable[[EventT], Awaitable[None]],
) -> Callable[[Received[EventT]], Awaitable[None]]:
    async def handle(received: Received[EventT]) -> None:
        assert received.data is not None, "fact topics have no tombstones"
        await fold(received.data)

    return handle
