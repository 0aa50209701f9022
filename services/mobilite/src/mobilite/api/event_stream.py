"""Server-sent events: each carries what is watched, and its tag as id.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import AsyncIterator
from typing import Final

from fastapi import Request
from fastapi.responses import StreamingResponse

from mobilite.flows.watching import Told
from socle.service import Draining

_RETRY_MILLISECONDS: Final = 3000


def event_stream(request: Request, items: AsyncIterator[Told | None]) -> StreamingResponse:
    """The items as they come, until they end or the process stops; None is a comment."""
    return StreamingResponse(
        _events(Draining.of(request.scope).until_end(items)),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _events(items: AsyncIterator[Told | None]) -> AsyncIterator[bytes]:
    yield f"retry: {_RETRY_MILLISECONDS}\n\n".encode()
    async for told in items:
        yield b": rien de neuf\n\n" if told is None else _event(told)


def _event(told: Told) -> bytes:
    kind = b"" if told.event is None else b"event: " + told.event.encode() + b"\n"
    return kind + b"id: " + told.tag.encode() + b"\ndata: " + told.body + b"\n\n"
