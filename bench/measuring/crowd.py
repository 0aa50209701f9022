"""Thousands of SSE listeners in their own process.

`python -m bench.measuring.crowd ADDRESS LISTENERS` reads JSON lines and answers each with one line.
`{"targets": [...]}` connects the listeners, spread over these streams.
`{"mark": "…"}` starts to record which listeners receive an event that contains this text.
`{"received": true}` waits until all have, and returns at which instants, and how many were cut off.
Instants are those of perf_counter, which all processes of a Linux machine share.
"""

import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import uvloop

from bench.measuring.report import percentile
from bench.measuring.sse import Event, Listener, listen

_CONNECTING_AT_ONCE = 50
_TIMEOUT_SECONDS = 60.0


class Crowd:
    """Listeners in this process, and the instants at which they received the awaited event."""

    def __init__(self, address: str, count: int) -> None:
        self._address, self._count = address, count
        self._listeners: list[Listener] = []
        self._first: list[float] = []
        self._mark: bytes | None = None
        self._received: dict[int, float] = {}
        self._all_received = asyncio.Event()

    async def connect(self, targets: Sequence[str]) -> dict[str, float]:
        """Connect all listeners, a few at a time; returns once each has its first event.

        Returns `seconds`, for all of them, and `first_p99`: the 99th percentile of the seconds from
        connecting to the first event. Raises OSError or TimeoutError.
        """
        started = time.perf_counter()
        for first in range(0, self._count, _CONNECTING_AT_ONCE):
            some = range(first, min(first + _CONNECTING_AT_ONCE, self._count))
            await asyncio.gather(*(self._connect_one(targets[n % len(targets)], n) for n in some))
        seconds = time.perf_counter() - started
        return {"seconds": seconds, "first_p99": percentile(self._first, 0.99)}

    async def _connect_one(self, target: str, number: int) -> None:
        started = time.perf_counter()

        def receive(event: Event) -> None:
            if self._mark is not None and self._mark in event.data:
                self._received.setdefault(number, event.at)
                if len(self._received) == self._count:
                    self._all_received.set()

        listener = await listen(self._address, target, receive)
        await asyncio.wait_for(asyncio.shield(listener.opened), _TIMEOUT_SECONDS)
        if listener.status == 200:
            self._first.append(time.perf_counter() - started)
        self._listeners.append(listener)

    def await_mark(self, mark: str) -> None:
        """From now on, record the listeners that receive an event with this text."""
        self._mark = mark.encode()

    async def received(self) -> dict[str, Any]:
        """Wait until all have received the marked event, at most a minute.

        Returns `at`: the instants, sorted; and `cut`: how many listeners were disconnected.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                await self._all_received.wait()
        cut = sum(listener.closed.done() for listener in self._listeners)
        return {"at": sorted(self._received.values()), "cut": cut}


class CrowdProcess:
    """A handle of the process of the listeners: sends its commands and reads its answers."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def send(self, **command: object) -> None:
        """Send one command; each keyword is a member of its JSON."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()

    async def answer(self) -> Any:
        """The answer to the oldest command not yet answered."""
        assert self._process.stdout is not None
        return json.loads(await asyncio.to_thread(self._process.stdout.readline))


@contextmanager
def crowd(address: str, count: int) -> Iterator[CrowdProcess]:
    """Start the process of `count` listeners; it is killed at the end of the context."""
    words = [sys.executable, "-m", "bench.measuring.crowd", address, str(count)]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield CrowdProcess(process)
        finally:
            process.kill()


async def _serve(address: str, count: int) -> None:
    crowd = Crowd(address, count)
    while line := await asyncio.to_thread(sys.stdin.readline):
        command = json.loads(line)
        if "targets" in command:
            answer: Any = await crowd.connect(command["targets"])
        elif "mark" in command:
            crowd.await_mark(command["mark"])
            answer = {}
        else:
            answer = await crowd.received()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    # Each listener has a connection.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    uvloop.run(_serve(sys.argv[1], int(sys.argv[2])))
