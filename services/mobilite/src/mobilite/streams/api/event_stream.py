"""Server-sent events: each carries what is watched, and its tag as id.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import random
from collections.abc import Mapping
from typing import Final

from fastapi import Response

from mobilite.streams.flows.subscriptions import Listening, Told
from socle.http import Message, Receive, Scope, Send
from socle.service import Draining

_RETRY_MILLISECONDS: Final = range(2000, 5000)
"""When to come back once cut: not all at the same instant, when a process stops."""
_NONE: Final[Mapping[str, str]] = {}
_SIGN_OF_LIFE: Final = b": rien de neuf\n\n"


class EventStream(Response):
    """What a listener is told, as it comes, until it leaves, what is watched ends, or the process
    stops. A listener that takes nothing any more is cut off by the server (`socle.service`)."""

    media_type = "text/event-stream"

    def __init__(
        self,
        listening: Listening,
        status_code: int = 200,
        *,
        headers: Mapping[str, str] = _NONE,
    ) -> None:
        # FastAPI reads the status of its contract from this signature.
        self.status_code, self.background = status_code, None
        self._listening = listening
        self.init_headers({"cache-control": "no-store", "x-accel-buffering": "no", **headers})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._listening as told, Draining.of(scope).at_end(told.end):
            leaving = asyncio.create_task(_until_gone(receive, told))
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
                async for each in told:
                    await send(_part(_SIGN_OF_LIFE if each is None else _event(each)))
                await send({"type": "http.response.body", "body": b""})
            finally:
                leaving.cancel()


async def _until_gone(receive: Receive, listening: Listening) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
    listening.end()


def _part(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}


def _event(told: Told) -> bytes:
    kind = b"" if told.event is None else b"event: " + told.event.encode() + b"\n"
    return kind + b"id: " + told.tag.encode() + b"\ndata: " + told.body + b"\n\n"
