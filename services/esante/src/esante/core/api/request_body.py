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


async def read_body(receive: Receive, lease: BodyLease | None, declared: int) -> bytes:
    """The complete body.

    `lease`: counts its bytes; None for a body in memory. `declared`: its Content-Length, else 0.
    Raises ClientDisconnected if the caller closes the connection before its end: a part can be a
    valid body too. Raises Refusal as `BodyLease`.
    """
    if lease is None:
        return bytes((await receive()).get("body", b""))
    with lease:
        lease.grow_to(declared)
        return await _read(receive, lease)


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
        self._task = asyncio.create_task(self._wait(), name="caller-watch")
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

    async def _wait(self) -> None:
        while (await self._receive())["type"] != _DISCONNECT:
            continue
