"""The role that hears what happens in the trials: it folds the door's events under consents."""

from collections.abc import Awaitable, Callable
from functools import partial

from pilotes.adapters.fact_store import PostgresFacts
from pilotes.adapters.usage_metrics import UsageMetrics
from pilotes.events import PilotExposedV1, RequestServedV2
from pilotes.flows.fold_exposure import fold_exposure
from pilotes.flows.fold_uses import fold_uses
from pilotes.settings import PilotesSettings
from pilotes.wiring.shared import open_database, open_role_bus
from socle.events import EventT, Received
from socle.service import Given, Running


async def wire_fold(given: Given[PilotesSettings]) -> Running:
    """Replicas share the partitions; what one has not committed another folds once more, to no
    effect."""
    pool = await open_database(given)
    bus = await open_role_bus(given)
    facts, figures = PostgresFacts(pool), UsageMetrics()
    uses = partial(fold_uses, facts=facts, figures=figures, clock=given.clock)
    exposures = partial(fold_exposure, facts=facts, figures=figures, clock=given.clock)
    return Running(
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
        },
        checks={"bus": bus.why_not},
    )


def _of(
    fold: Callable[[EventT], Awaitable[None]],
) -> Callable[[Received[EventT]], Awaitable[None]]:
    async def handle(received: Received[EventT]) -> None:
        assert received.data is not None, "a fact has no tombstones"
        await fold(received.data)

    return handle
