"""The body of a request: read completely or not at all, or in chunks; and the caller's
disconnection after it."""

import asyncio
from collections.abc import AsyncGenerator
from io import BytesIO
from typing import Final

from esante.core.flows.body_budget import BodyLease
from socle.http import ClientDisconnected, Receive

_DISCONNECT = "http.disconnect"
CHUNK_BYTES: Final = 256 * 1024
"""Bytes of the chunks of a body that is not held in memory; the last one can be smaller."""
UNSTATED_LIMIT: Final = 60.0
"""Seconds that a caller waits who states no limit."""
_WAITING_SHARE: Final = 0.5
"""Greatest part of the time left that a body waits; the rest is for its execution."""


async def read_body(
    receive: Receive, lease: BodyLease | None, declared: int, time_left: float = UNSTATED_LIMIT
) -> bytes:
    """The complete body, once it can be executed.

    `lease`: counts its bytes; None for a body in memory. `declared`: its Content-Length, else 0.
    `time_left`: seconds until the caller stops waiting. Raises ClientDisconnected if the caller
    closes the connection before its end, since a part can be a valid body too, or while it waits.
    Raises Refusal as `BodyLease`.
    """
    if lease is None:
        return bytes((await receive()).get("body", b""))
    started = asyncio.get_running_loop().time()
    with lease:
        lease.grow_to(declared)
        body = await _read(receive, lease)
    if not lease.try_execute():
        read_for = asyncio.get_running_loop().time() - started
        await _wait_for_execution(receive, lease, (time_left - read_for) * _WAITING_SHARE)
    return body


async def _wait_for_execution(receive: Receive, lease: BodyLease, seconds: float) -> None:
    admission = asyncio.create_task(lease.wait_for_execution(seconds), name="execution-queue")
    gone = asyncio.create_task(_wait_for_disconnection(receive), name="caller-watch")
    try:
        await asyncio.wait((admission, gone), return_when=asyncio.FIRST_COMPLETED)
        if not admission.done():
            raise ClientDisconnected
        admission.result()
    finally:
        admission.cancel()
        gone.cancel()


async def _read(receive: Receive, lease: BodyLease) -> bytes:
    # Unlike a list of parts, BytesIO returns its own buffer, and grows it in place.
    body: BytesIO | None = None
    while True:
        message = await receive()
        if message["type"] == _DISCONNECT:
            raise ClientDisconnected
        part: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        if body is None:
            if not more:
                lease.grow_to(len(part))
                return part
            body = BytesIO()
        lease.grow_to(body.tell() + len(part))
        body.write(part)
        if not more:
            return body.getvalue()


async def read_chunks(receive: Receive, lease: BodyLease | None) -> AsyncGenerator[bytes, None]:
    """The body in chunks of `CHUNK_BYTES`; none if it is empty.

    `lease`: counts one chunk, since the others are no longer held. Raises as `read_body`, but the
    caller bounds the size of the body.
    """
    if lease is None:
        if body := await read_body(receive, None, 0):
            yield body
        return
    with lease:
        lease.grow_to(CHUNK_BYTES)
        held = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == _DISCONNECT:
                raise ClientDisconnected
            held += message.get("body", b"")
            more = message.get("more_body", False)
            while len(held) > CHUNK_BYTES:
                yield bytes(held[:CHUNK_BYTES])
                del held[:CHUNK_BYTES]
        if held:
            yield bytes(held)


class DisconnectWatch:
    """Whether the caller disconnects, once the body is read: `with DisconnectWatch(receive)`."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive

    def __enter__(self) -> "DisconnectWatch":
        watch = _wait_for_disconnection(self._receive)
        self._task = asyncio.create_task(watch, name="caller-watch")
        return self

    def __exit__(self, *raised: object) -> None:
        self._task.cancel()

    async def check(self) -> None:
        """Let other tasks run, the time limit of this one included, then raise ClientDisconnected
        if the caller has disconnected."""
        await asyncio.sleep(0)
        current = asyncio.current_task()
        if current is not None and current.cancelling():
            # The limit passed while a write was committed, which it does not interrupt.
            raise asyncio.CancelledError
        if self._task.done():
            raise ClientDisconnected


async def _wait_for_disconnection(receive: Receive) -> None:
    while (await receive())["type"] != _DISCONNECT:
        continue
