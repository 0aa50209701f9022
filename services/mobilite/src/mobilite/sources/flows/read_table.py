"""Reading a table once, as it stands, before going on writing it."""

import asyncio
import contextlib
from collections.abc import Sequence

from socle.bus import Bus
from socle.events import EventT, Received


async def catch_up(bus: Bus, event_type: type[EventT]) -> dict[str, EventT]:
    """What the table holds now, by key. Waits for the broker and the topic to be there."""
    held: dict[str, EventT] = {}

    def into(batch: Sequence[Received[EventT]]) -> None:
        for received in batch:
            if received.data is None:
                held.pop(received.key, None)
            else:
                held[received.key] = received.data

    table = bus.follow(event_type, into=into)
    reading = asyncio.create_task(table.run())
    reached = asyncio.create_task(table.caught_up())
    try:
        await asyncio.wait((reading, reached), return_when=asyncio.FIRST_COMPLETED)
        if reading.done():
            await reading
        return held
    finally:
        for task in (reading, reached):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
