"""Server-sent events with HTML fragments.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import AsyncGenerator
from typing import Final

from fastapi import Request
from fastapi.responses import StreamingResponse

from socle.service import Draining

RETRY: Final = b"retry: 3000\n\n"
"""The beginning of a stream: milliseconds before a browser opens it again."""
HEARTBEAT: Final = b": rien de neuf\n\n"


def event(name: str, data: str) -> bytes:
    """An event; empty lines of its data are left out."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines() if line.strip())
    return f"event: {name}\n{lines}\n".encode()


def event_stream(
    request: Request, events: AsyncGenerator[bytes, None], **headers: str
) -> StreamingResponse:
    """The response of a stream, which ends when the service stops."""
    return StreamingResponse(
        Draining.of(request.scope).until_end(events),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no", **headers},
    )
