"""Problems of the door, told in the form that whoever asks there reads.

What a service refuses it tells in that form by itself; this is for what never reaches it, or what
it cannot answer: nobody is known, a plan is spent, the service is away.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import orjson

from gateway.http.domain.headers import Header
from socle.http import Message, Send
from socle.http.problems import MEDIA_TYPE

Retelling = Callable[[Mapping[str, Any]], bytes]
"""A problem's members → the body that tells it."""

_PROBLEM: Final = MEDIA_TYPE.encode()


class Retold:
    """Stands between an application and its caller: lets everything through, but problems.

    `headers`: those of the other form, its content type among them.
    """

    def __init__(self, send: Send, retelling: Retelling, headers: Mapping[bytes, bytes]) -> None:
        self._send, self._retelling, self._headers = send, retelling, headers
        self._start: Message | None = None
        self._body = b""

    def __call__(self, message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start" and _is_problem(message["headers"]):
            self._start = message
            return _done()
        if self._start is None:
            return self._send(message)
        self._body += message.get("body", b"")
        return _done() if message.get("more_body", False) else self._tell(self._start)

    async def _tell(self, start: Message) -> None:
        # A HEAD request has the head of an answer and nothing to read.
        body = self._retelling(orjson.loads(self._body)) if self._body else b""
        own = {**self._headers, b"content-length": str(len(body)).encode()}
        headers = [header for header in start["headers"] if header[0] not in own]
        await self._send({**start, "headers": [*headers, *own.items()]})
        await self._send({"type": "http.response.body", "body": body})


def _is_problem(headers: list[Header]) -> bool:
    said = dict(headers)
    return said.get(b"content-type") == _PROBLEM and b"content-encoding" not in said


async def _done() -> None:
    return None
