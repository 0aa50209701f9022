"""A member of a group in a process of its own, to be killed.

`member_program.py ADDRESS TOPIC GROUP` prints one line for each record it is given; on the text
"hang" it never ends.
"""

import asyncio
import sys

from socle.bus import Limits, open_bus
from socle.clock import SystemClock
from socle.events import Event, Received


async def main(address: str, topic: str, group: str) -> None:
    class Note(Event, topic=topic):
        name: str
        text: str = ""

        def key(self) -> str:
            return self.name

    async def handle(received: Received[Note]) -> None:
        assert received.data is not None
        print(received.data.text, flush=True)  # noqa: T201
        if received.data.text == "hang":
            await asyncio.Event().wait()

    limits = Limits(session=6.0, poll=0.5)
    async with open_bus(address, source="killed", clock=SystemClock(), limits=limits) as bus:
        await bus.consume(Note, group=group, handle=handle, time_limit=3600)


asyncio.run(main(*sys.argv[1:]))
