"""A small HTTP/1.1 load generator: persistent connections, one request at a time on each.

It runs as its own program, so that its CPU time is not counted with the server's:
`python -m bench.measuring.load ADDRESS CONNECTIONS SECONDS [RATE]`. Each line of standard input is
a path, a request as JSON (`method`, `target`, `body`), or a header for all requests. Paths and
requests are sent in turn.

Without a rate, each connection sends its next request as soon as it has a response (a closed
loop). With a rate, requests are due at even intervals whatever the server does. A request that
finds no free connection waits for one; its time counts from the instant at which it was due.
"""

import asyncio
import itertools
import json
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import cast
from urllib.parse import urlsplit

import uvloop

from bench.measuring.house_key import house_key_lines
from bench.measuring.report import percentile

_TIMEOUT_SECONDS = 30.0
_LAST_CHUNK = b"\r\n0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Load:
    """The results of one load, as the callers measured them."""

    requests: int
    """Responses received."""
    failed: int
    """Responses other than 2xx, and requests without a response."""
    seconds: float
    """From the first connection to the last response."""
    p50_ms: float
    p95_ms: float
    p99_ms: float


class _Callers:
    """All connections, their next requests, and their results."""

    def __init__(self, requests: Sequence[bytes], until: float, *, closed: bool) -> None:
        """`until`: performance counter at which the load ends. `closed`: a closed loop."""
        self._requests: Iterator[bytes] = itertools.cycle(requests)
        self.until = until
        self._closed = closed
        self._due: deque[float] = deque()
        self._idle: list[_Caller] = []
        self.alive = 0
        self.times: list[float] = []
        self.failed = 0
        self.over = asyncio.Event()

    def queue(self, at: float) -> None:
        """Queue one request, sent as soon as a connection is free."""
        if self._idle:
            self._idle.pop().send(next(self._requests), at)
        else:
            self._due.append(at)

    def on_free(self, caller: "_Caller") -> None:
        """Called when a connection is new or has received its response."""
        now = time.perf_counter()
        if self._due:
            caller.send(next(self._requests), self._due.popleft())
        elif now >= self.until:
            caller.close()
        elif self._closed:
            caller.send(next(self._requests), now)
        else:
            self._idle.append(caller)

    def on_lost(self, caller: "_Caller", *, waiting: bool) -> None:
        """Called when a connection is closed. `waiting`: its request had no response yet."""
        self.failed += waiting
        self.alive -= 1
        if caller in self._idle:
            self._idle.remove(caller)
        if self.alive == 0:
            self.failed += len(self._due)
            self.over.set()

    def stop(self) -> None:
        """No more requests become due: close idle connections now, others after their response."""
        self.until = 0.0
        while self._idle:
            self._idle.pop().close()


class _Caller(asyncio.Protocol):
    """One persistent connection, with at most one request at a time."""

    def __init__(self, callers: _Callers) -> None:
        self._callers = callers
        self._answer = bytearray()
        self._since: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._callers.alive += 1
        self._callers.on_free(self)

    def send(self, request: bytes, since: float) -> None:
        self._since = since
        self._transport.write(request)

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head = self._answer.find(b"\r\n\r\n")
        if head < 0 or self._since is None:
            return
        lowered = bytes(self._answer[:head]).lower()
        length = int(lowered.partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        if len(self._answer) < head + 4 + length:
            return
        # One request at a time, so nothing follows the last chunk.
        if b"transfer-encoding: chunked" in lowered and not self._answer.endswith(_LAST_CHUNK):
            return
        self._callers.times.append(time.perf_counter() - self._since)
        self._callers.failed += not self._answer.startswith(b"HTTP/1.1 2")
        self._answer.clear()
        self._since = None
        self._callers.on_free(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._callers.on_lost(self, waiting=self._since is not None)


async def load(
    address: str,
    targets: Sequence[str],
    *,
    connections: int,
    seconds: float,
    rate: float = 0,
    headers: Sequence[str] = (),
) -> Load:
    """Send the requests in turn for `seconds`.

    `targets`: paths, or requests as JSON (see the module). `rate`: requests per second; 0: as fast
    as the connections can. `headers`: complete lines. Raises OSError if it cannot connect, and
    TimeoutError if responses are still missing 30 s after the end.
    """
    parts = urlsplit(address)
    assert parts.hostname is not None
    assert parts.port is not None
    host, port = parts.hostname, parts.port
    common = "\r\n".join((f"Host: {parts.netloc}", *headers, "", ""))
    requests = [_request(each, common) for each in targets]
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    callers = _Callers(requests, started + seconds, closed=not rate)
    for _ in range(connections):
        await loop.create_connection(lambda: _Caller(callers), host, port)
    if rate:
        for number in range(int(rate * seconds)):
            due = started + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            callers.queue(due)
        callers.stop()
    await asyncio.wait_for(callers.over.wait(), seconds + _TIMEOUT_SECONDS)
    p50, p95, p99 = (percentile(callers.times, share) * 1000 for share in (0.50, 0.95, 0.99))
    took = time.perf_counter() - started
    return Load(len(callers.times), callers.failed, took, p50, p95, p99)


def _request(text: str, common: str) -> bytes:
    """The bytes of one request. `text`: a path or JSON. `common`: header lines and blank line."""
    if text.startswith("/"):
        return f"GET {text} HTTP/1.1\r\n{common}".encode()
    request = json.loads(text)
    body = json.dumps(request["body"]).encode()
    head = f"{request['method']} {request['target']} HTTP/1.1\r\nContent-Length: {len(body)}\r\n"
    return (head + common).encode() + body


def main(words: Sequence[str]) -> None:
    """Run the load described by the arguments and standard input; print `Load` as JSON."""
    address, connections, seconds, rate = (*words, "0")[:4]
    lines = sys.stdin.read().splitlines()
    request = load(
        address,
        [line for line in lines if line[:1] in "/{"],
        connections=int(connections),
        seconds=float(seconds),
        rate=float(rate),
        headers=[*(line for line in lines if line[:1] not in "/{"), *house_key_lines()],
    )
    print(json.dumps(asdict(uvloop.run(request))))


if __name__ == "__main__":
    main(sys.argv[1:])
