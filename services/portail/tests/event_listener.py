"""Reads a stream of the pages."""

import asyncio

import aiohttp


class Listener:
    """Reads events one by one."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer

    async def next(self) -> tuple[str, str]:
        """The name and the data of the next event."""
        name, data = "", []
        async with asyncio.timeout(60):
            async for raw in self.answer.content:
                line = raw.decode().rstrip("\n")
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: "):
                    data.append(line[6:])
                elif not line and name:
                    return name, "\n".join(data)
        raise AssertionError("the stream ended")
