"""One client's connection: requests and their responses, in order.

Requests are answered one after the other, as Apache Kafka does: those that follow a waiting fetch
or join wait too, and only a few are read ahead. An invalid frame closes its connection only.
"""

import asyncio
import logging

from embedded.broker.api import HANDLERS
from embedded.broker.broker import Broker, Client
from embedded.broker.codes import Code
from embedded.broker.wire import MAX_FRAME, MalformedFrame, Request, decode, encode

log = logging.getLogger(__name__)

_READ_AHEAD = 4  # requests
_SMALLEST_FRAME = 8  # bytes


class _Ended(Exception):
    """The client closed the connection."""


async def serve(broker: Broker, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one client until it closes the connection, or sends an invalid frame."""
    peer = writer.get_extra_info("peername") or ("?", 0)
    frames: asyncio.Queue[bytes] = asyncio.Queue(_READ_AHEAD)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_read(reader, frames))
            tasks.create_task(_answer(broker, frames, writer, peer[0]))
    except* (_Ended, ConnectionError):
        pass
    except* MalformedFrame as group:
        log.warning("%s:%s closed: %s", *peer[:2], group.exceptions[0])
    except* Exception as group:
        # An internal error must end one client's connection, not the broker.
        log.error("%s:%s closed", *peer[:2], exc_info=group.exceptions[0])
    finally:
        writer.close()


async def _read(reader: asyncio.StreamReader, frames: asyncio.Queue[bytes]) -> None:
    try:
        while True:
            size = int.from_bytes(await reader.readexactly(4), "big", signed=True)
            if not _SMALLEST_FRAME <= size <= MAX_FRAME:
                raise MalformedFrame(f"a frame of {size} bytes")
            await frames.put(await reader.readexactly(size))
    except asyncio.IncompleteReadError as error:
        raise _Ended from error


async def _answer(
    broker: Broker, frames: asyncio.Queue[bytes], writer: asyncio.StreamWriter, host: str
) -> None:
    while True:
        request = decode(await frames.get())
        response = await _respond(broker, request, host)
        if response is not None:
            writer.write(response)
            await writer.drain()


async def _respond(broker: Broker, request: Request, host: str) -> bytes | None:
    client = Client(request.client_id, host)
    body = {**request.body, "version": request.version}
    response = await HANDLERS[request.api](broker, client, body)
    if response is None:
        return None
    if not request.supported:
        response = {**response, "error_code": Code.UNSUPPORTED_VERSION}
    return encode(request, response)
