"""The gateway's problem+json responses, translated to the media type of the caller.

A service renders its own refusals; this is for requests that do not reach it: a caller without
identity, an exhausted quota, an unreachable service.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import orjson

from gateway.http.domain.headers import Header
from socle.http import Message, Send
from socle.http.problems import MEDIA_TYPE

ProblemRenderer = Callable[[Mapping[str, Any]], bytes]
"""Renders the members of a problem as a body of another media type."""

_PROBLEM: Final = MEDIA_TYPE.encode()


class ProblemTranslator:
    """An ASGI `send` that replaces problem+json responses and passes on any other.

    `headers`: those of the replacement, its content type included.
    """

    def __init__(self, send: Send, render: ProblemRenderer, headers: Mapping[bytes, bytes]) -> None:
        self._send, self._render, self._headers = send, render, headers
        self._start: Message | None = None
        self._body = b""

    def __call__(self, message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start" and _is_problem(message["headers"]):
            self._start = message
            return _done()
        if self._start is None:
            return self._send(message)
        self._body += message.get("body", b"")
        return _done() if message.get("more_body", False) else self._send_translated(self._start)

    async def _send_translated(self, start: Message) -> None:
        own = dict(self._headers)
        body = b""
        # The response to a HEAD request has no body here: the length of the translated one, which
        # its Content-Length would have to be (RFC 9110 §8.6), is unknown.
        if self._body:
            body = self._render(orjson.loads(self._body))
            own[b"content-length"] = str(len(body)).encode()
        replaced = own.keys() | {b"content-length"}
        headers = [header for header in start["headers"] if header[0] not in replaced]
        await self._send({**start, "headers": [*headers, *own.items()]})
        await self._send({"type": "http.response.body", "body": body})


def _is_problem(headers: list[Header]) -> bool:
    by_name = dict(headers)
    return by_name.get(b"content-type") == _PROBLEM and b"content-encoding" not in by_name


async def _done() -> None:
    return None
