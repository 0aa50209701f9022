"""Server-sent events response: each event has the content's tag as its id.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import random
from collections.abc import Mapping
from typing import Final

from fastapi import Response

from mobilite.streams.flows.subscription import RenderedView
from mobilite.streams.flows.subscriptions import Listener
from socle.http import Message, Receive, Scope, Send
from socle.service import Draining

_RETRY_MILLISECONDS: Final = range(2000, 5000)
"""Reconnection delays, chosen at random, so that clients do not all reconnect at once when a
process stops."""
_NONE: Final[Mapping[str, str]] = {}
_HEARTBEAT_COMMENT: Final = b": rien de neuf\n\n"


class EventStream(Response):
    """Sends the events of a listener until the client disconnects, the subscription ends or the
    process stops. The server closes stalled connections (`socle.service`)."""

    media_type = "text/event-stream"

    def __init__(
        self,
        listener: Listener,
        status_code: int = 200,
        *,
        headers: Mapping[str, str] = _NONE,
    ) -> None:
        # FastAPI reads the status for the OpenAPI document from this signature.
        self.status_code, self.background = status_code, None
        self._listening = listener
        self.init_headers({"cache-control": "no-store", "x-accel-buffering": "no", **headers})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._listening as value, Draining.of(scope).at_end(value.end):
            leaving = asyncio.create_task(_until_gone(receive, value))
            try:
                await send(
                    {
                        "type": "http.response.start",
                        "status": self.status_code,
                        "headers": self.raw_headers,
                    }
                )
                retry = random.choice(_RETRY_MILLISECONDS)  # noqa: S311
                await send(_part(b"retry: %d\n\n" % retry))
                async for each in value:
                    await send(_part(_HEARTBEAT_COMMENT if each is None else _event(each)))
                await send({"type": "http.response.body", "body": b""})
            finally:
                leaving.cancel()


async def _until_gone(receive: Receive, listener: Listener) -> None:
    """End the listener once the client has disconnected."""
    while (await receive())["type"] != "http.disconnect":
        continue
    listener.end()


def _part(body: bytes) -> Message:
    """The ASGI message of a part of the response."""
    return {"type": "http.response.body", "body": body, "more_body": True}


def _event(value: RenderedView) -> bytes:
    event_line = b"" if value.event is None else b"event: " + value.event.encode() + b"\n"
    return event_line + b"id: " + value.tag.encode() + b"\ndata: " + value.body + b"\n\n"
