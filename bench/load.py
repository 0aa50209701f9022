"""A small HTTP/1.1 load generator: kept connections, one request at a time on each.

A program of its own (`python -m bench.load`), so that its work is not counted with the server's.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass
from typing import cast
from urllib.parse import urlsplit

import uvloop

from bench.report import percentile


@dataclass(frozen=True, slots=True)
class Load:
    """What the callers saw. `failed`: answers other than 200, and connections lost."""

    requests: int
    failed: int
    seconds: float
    p50_ms: float
    p99_ms: float


class _Caller(asyncio.Protocol):
    """One connection: sends, waits for the whole answer, sends again until the time is over."""

    def __init__(self, request: bytes, until: float) -> None:
        self._request, self._until = request, until
        self._answer = bytearray()
        self._sent = 0.0
        self.times: list[float] = []
        self.failed = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head = self._answer.find(b"\r\n\r\n")
        if head < 0:
            return
        lowered = bytes(self._answer[:head]).lower()
        length = int(lowered.partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        if len(self._answer) < head + 4 + length:
            return
        now = time.perf_counter()
        self.times.append(now - self._sent)
        self.failed += not self._answer.startswith(b"HTTP/1.1 200")
        self._answer.clear()
        if now < self._until:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.failed += exc is not None or time.perf_counter() < self._until
        if not self.done.done():
            self.done.set_result(None)

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._request)


async def load(url: str, *, connections: int, seconds: float) -> Load:
    """Ask for `url` as fast as that many connections can, for that long."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    host, port = parts.hostname, parts.port
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    request = f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
    loop = asyncio.get_running_loop()
    begun = time.perf_counter()
    callers = [
        (await loop.create_connection(lambda: _Caller(request, begun + seconds), host, port))[1]
        for _ in range(connections)
    ]
    await asyncio.wait([caller.done for caller in callers], timeout=seconds + 30)
    times = [each for caller in callers for each in caller.times]
    return Load(
        requests=len(times),
        failed=sum(caller.failed for caller in callers),
        seconds=time.perf_counter() - begun,
        p50_ms=percentile(times, 0.50) * 1000,
        p99_ms=percentile(times, 0.99) * 1000,
    )


if __name__ == "__main__":
    found = uvloop.run(load(sys.argv[1], connections=int(sys.argv[2]), seconds=float(sys.argv[3])))
    print(json.dumps(asdict(found)))
