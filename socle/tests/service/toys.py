"""Toy services as processes, and the lines that they log."""

import asyncio
import json
import signal
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from socle.testing import until

PROGRAM = Path(__file__).with_name("toy_service.py")


@dataclass(slots=True)
class Toy:
    """A running toy service and the lines it has logged so far."""

    process: Process
    lines: list[dict[str, Any]] = field(default_factory=list)
    reading: "asyncio.Task[None] | None" = None

    async def read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.lines.append(json.loads(line))

    async def address(self) -> str:
        await until(lambda: any("address" in line for line in self.lines))
        return str(next(line["address"] for line in self.lines if "address" in line))

    async def wait_for_line(self, words: str) -> None:
        await until(lambda: any(words in line["message"] for line in self.lines))

    async def ended(self) -> int:
        async with asyncio.timeout(60):
            assert self.reading is not None
            await self.reading
            return await self.process.wait()

    def signal(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)


Start = Callable[..., Awaitable[Toy]]
