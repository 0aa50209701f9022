"""The poll role: polls operators' real time and publishes the changes on the bus."""

import asyncio

from mobilite.events import (
    AlertV1,
    FeedPollV1,
    TripModificationsV1,
    TripUpdateV1,
    VehiclePositionV1,
)
from mobilite.feeds.flows.declared_feeds import DeclaredFeeds
from mobilite.polling.adapters.decoding.gtfs_realtime import decode_entity, decode_message
from mobilite.polling.adapters.poll_metrics import count_real_time, counting
from mobilite.polling.flows.poll_feeds import FeedPolling
from mobilite.polling.flows.poll_source import PollDependencies
from mobilite.sources.adapters.source_opener import SourceOpener
from mobilite.sources.flows.read_table import read_table
from mobilite.wiring.imports import raw_archive
from mobilite.wiring.shared import Start, run_polling
from socle.bus import Bus
from socle.http import http_client
from socle.service import RunningRole

DESK_PATIENCE_SECONDS = 10.0
"""How long to wait for the desk role to start; after that it is polled anyway."""


async def wire_polls(given: Start, bus: Bus, polled: DeclaredFeeds) -> RunningRole:
    """Poll the addresses of `polled`."""
    session = await given.stack.enter_async_context(http_client(outside=True, time_limit=None))
    sources = SourceOpener(
        session, given.clock, desk=given.settings.desk, estimates=given.settings.estimates
    )
    tools = PollDependencies(
        decode_message,
        decode_entity,
        announce=counting(bus.publish, count_real_time, given.clock),
        archive=raw_archive(given).store_message,
        clock=given.clock,
    )

    async def restore() -> FeedPolling:
        _, updates, vehicles, alerts, modifications, polls = await asyncio.gather(
            sources.wait_for_desk(within=DESK_PATIENCE_SECONDS),
            read_table(bus, TripUpdateV1),
            read_table(bus, VehiclePositionV1),
            read_table(bus, AlertV1),
            read_table(bus, TripModificationsV1),
            read_table(bus, FeedPollV1),
        )
        return FeedPolling(
            [*updates.values(), *vehicles.values(), *alerts.values(), *modifications.values()],
            polls.values(),
            open_source=sources.open,
            tools=tools,
            interval=given.settings.poll_seconds,
            # Decisions at the desk take precedence over the operator's software.
            authority=sources.is_desk,
        )

    return run_polling("poll", restore, polled)
