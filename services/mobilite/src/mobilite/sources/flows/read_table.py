"""Reads a compacted table once, before this process continues writing it."""

import asyncio
import contextlib
from collections.abc import Sequence

from socle.bus import Bus
from socle.events import EventT, Received


async def read_table(bus: Bus, event_type: type[EventT]) -> dict[str, EventT]:
    """The current rows of the table by key. Waits until the broker and the topic are available."""
    rows: dict[str, EventT] = {}

    def into(batch: Sequence[Received[EventT]]) -> None:
        for received in batch:
            if received.data is None:
                rows.pop(received.key, None)
            else:
                rows[received.key] = received.data

    table = bus.follow(event_type, into=into)
    reading = asyncio.create_task(table.run())
    reached = asyncio.create_task(table.caught_up())
    try:
        await asyncio.wait((reading, reached), return_when=asyncio.FIRST_COMPLETED)
        if reading.done():
            await reading
        return rows
    finally:
        for task in (reading, reached):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
