"""The role that hears what happens in the trials: it folds the door's events under consents."""

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
from pilotes.usage.flows.participant_counts import Settled, tell_people
from pilotes.wiring.record import wire_desk
from pilotes.wiring.resources import open_database, open_role_bus
from pilotes.wiring.results import look_for_ever
from socle.auth import read_signing_keys
from socle.clock import Clock
from socle.errors import Retry
from socle.events import EventT, Received
from socle.service import RunningRole, WiringContext

log = logging.getLogger("pilotes.fold")

GUARD_SECONDS: Final = 5.0
"""Between two looks at guardrails and incidents: a pause is told at once, and holds at the door
within five seconds, streams included (decision 0022)."""

TELL_SECONDS: Final = 600.0
"""Seldom, so that the moment does not tell who came."""

FORGET_SECONDS: Final = 600.0


async def wire_fold(given: WiringContext[PilotesSettings]) -> RunningRole:
    """Replicas share the partitions; what one has not committed another folds once more, to no
    effect."""
    pool = await open_database(given)
    bus = await open_role_bus(given)
    keys = read_signing_keys(given.settings.signing_keys, variable="PILOTES_SIGNING_KEYS")
    desk, _ = wire_desk(pool, keys, given.settings, given.clock)
    facts, figures, reports = PostgresFacts(pool), UsageMetrics(), PostgresReports(pool)
    uses = partial(fold_uses, facts=facts, figures=figures, clock=given.clock)
    exposures = partial(fold_exposure, facts=facts, figures=figures, clock=given.clock)
    return RunningRole(
        tasks={
            "uses": partial(
                bus.consume,
                RequestServedV2,
                group="pilotes.uses",
                handle=_of(uses),
            ),
            "exposures": partial(
                bus.consume,
                PilotExposedV1,
                group="pilotes.exposures",
                handle=_of(exposures),
            ),
            "guardrails": partial(
                _guard, partial(stop_for_guardrails, desk=desk, facts=facts), given.clock
            ),
            "retention": partial(_forget, PostgresRetention(pool), given.clock),
            "people": partial(
                _tell, partial(tell_people, desk=desk, facts=facts, figures=figures), given.clock
            ),
            "incidents": partial(
                _guard, partial(stop_for_incidents, desk=desk, reports=reports), given.clock
            ),
            "figures": partial(look_for_ever, pool, desk),
        },
        checks={"bus": bus.why_not},
    )


async def _guard(stop: Callable[[], Awaitable[list[PilotId]]], clock: Clock) -> None:
    """Look for ever: what is away is looked at again."""
    while True:
        try:
            for pilot_id in await stop():
                log.warning("pilot %s was paused by its guard", pilot_id)
        except Retry as retry:
            log.warning("pilots cannot be guarded now: %s", retry.message)
        await clock.sleep(GUARD_SECONDS)


async def _forget(retention: Retention, clock: Clock) -> None:
    while True:
        try:
            for pilot_id in await retention.forget_due(clock.now()):
                log.info("what people did in pilot %s was kept long enough: forgotten", pilot_id)
        except Retry as retry:
            log.warning("nothing can be forgotten now: %s", retry.message)
        await clock.sleep(FORGET_SECONDS)


async def _tell(tell: Callable[[Settled], Awaitable[Settled]], clock: Clock) -> None:
    settled: Settled = {}
    while True:
        try:
            settled = await tell(settled)
        except Retry as retry:
            log.warning("people cannot be counted now: %s", retry.message)
        await clock.sleep(TELL_SECONDS)


def _of(
    fold: Callable[[EventT], Awaitable[None]],
) -> Callable[[Received[EventT]], Awaitable[None]]:
    async def handle(received: Received[EventT]) -> None:
        assert received.data is not None, "a fact has no tombstones"
        await fold(received.data)

    return handle
