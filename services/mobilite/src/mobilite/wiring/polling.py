"""The poll role's work: operators' real time, compared with the last round, told on the bus."""

import asyncio

from mobilite.events import AlertV1, FeedPollV1, TripUpdateV1, VehiclePositionV1
from mobilite.feeds.flows.declared_feeds import FeedsDeclared
from mobilite.polling.adapters.decoding.gtfs_realtime import decode_message, walk_entity
from mobilite.polling.adapters.poll_metrics import count_real_time, measured
from mobilite.polling.flows.poll_feeds import FeedPolling
from mobilite.polling.flows.poll_source import PollTools
from mobilite.sources.adapters.source_opener import PollSources
from mobilite.sources.flows.read_table import catch_up
from mobilite.wiring.imports import raw_archive
from mobilite.wiring.shared import Start, polling
from socle.bus import Bus
from socle.http import http_client
from socle.service import Running

DESK_PATIENCE = 10.0
"""Seconds left to the desk to start beside us, before it is polled all the same."""


async def wire_polls(given: Start, bus: Bus, polled: FeedsDeclared) -> Running:
    """Poll the addresses of `polled`."""
    session = await given.stack.enter_async_context(http_client(outside=True, time_limit=None))
    sources = PollSources(session, given.clock, desk=given.settings.desk)
    tools = PollTools(
        decode_message,
        walk_entity,
        announce=measured(bus.publish, count_real_time, given.clock),
        archive=raw_archive(given).keep,
        clock=given.clock,
    )

    async def recall() -> FeedPolling:
        _, updates, vehicles, alerts, polls = await asyncio.gather(
            sources.desk_there(within=DESK_PATIENCE),
            catch_up(bus, TripUpdateV1),
            catch_up(bus, VehiclePositionV1),
            catch_up(bus, AlertV1),
            catch_up(bus, FeedPollV1),
        )
        return FeedPolling(
            [*updates.values(), *vehicles.values(), *alerts.values()],
            polls.values(),
            open_source=sources.open,
            tools=tools,
            interval=given.settings.poll_seconds,
            # What a person decided at the desk goes before the word of the operator's software.
            authority=sources.is_desk,
        )

    return polling("poll", recall, polled)
