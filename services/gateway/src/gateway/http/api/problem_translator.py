"""The gateway's problem+json responses, translated to the media type of the caller.

A service renders its own refusals; this is for requests that do not reach it: a caller without
identity, an exhausted quota, an unreachable service.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import orjson

from gateway.http.domain.headers import Header
from socle.http import Message, Send, of_status
from socle.http.problems import MEDIA_TYPE

Translation = tuple[bytes, Sequence[Header]]
"""A body of another media type, and its headers, the content type included."""
ProblemRenderer = Callable[[Mapping[str, Any]], Translation]
"""Renders the members of a problem."""

_PROBLEM: Final = MEDIA_TYPE.encode()


class ProblemTranslator:
    """An ASGI `send` that replaces problem+json responses and passes on any other."""

    def __init__(self, send: Send, render: ProblemRenderer) -> None:
        self._send, self._render = send, render
        self._start: Message | None = None
        self._body = b""

    def __call__(self, message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start" and _is_problem(message["headers"]):
            self._start = message
            return _done()
        if self._start is None:
            return self._send(message)
        self._body += message.get("body", b"")
        more = message.get("more_body", False)
        if more and len(self._body) != _declared_length(self._start["headers"]):
            return _done()
        # A complete problem is sent at once, even if its end follows only after the rest of the
        # request: a connection that closes meanwhile would lose it.
        start, self._start = self._start, None
        return self._send_translated(start, more=more)

    async def _send_translated(self, start: Message, *, more: bool) -> None:
        # The response to a HEAD request has the headers alone: the problem is not known here, nor
        # the length of its page.
        _, _, bare = of_status(start["status"]).render(None)
        members = self._body or bare
        body, own_headers = self._render(orjson.loads(members))
        own = {name: value for name, value in own_headers if name != b"content-length"}
        if self._body:
            own[b"content-length"] = str(len(body)).encode()
        replaced = own.keys() | {b"content-length"}
        headers = [header for header in start["headers"] if header[0] not in replaced]
        await self._send({**start, "headers": [*headers, *own.items()]})
        rendered = body if self._body else b""
        await self._send({"type": "http.response.body", "body": rendered, "more_body": more})


def _is_problem(headers: list[Header]) -> bool:
    by_name = dict(headers)
    return by_name.get(b"content-type") == _PROBLEM and b"content-encoding" not in by_name


def _declared_length(headers: Sequence[Header]) -> int:
    """The `Content-Length` of a problem; -1 without one."""
    return int(dict(headers).get(b"content-length", b"-1"))


async def _done() -> None:
    return None
