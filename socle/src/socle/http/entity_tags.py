"""Conditional requests: the tag of a response, and whether the caller has the response already.

https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from socle.http.exchange import ASGIApp, Message, Receive, Scope, Send

_TAG: Final = re.compile(rb'(?:W/)?("[^"]*")')
_SAFE: Final = frozenset({"GET", "HEAD"})
_OF_A_BODY: Final = frozenset({b"content-length", b"content-type"})


def is_not_modified(by_name: Mapping[bytes, bytes], tag: bytes | None) -> bool:
    """Whether `If-None-Match` contains the tag, by weak comparison (RFC 9110 §13.1.2)."""
    value = by_name.get(b"if-none-match")
    if value is None or tag is None:
        return False
    opaque = tag.removeprefix(b"W/")
    return value.strip() == b"*" or opaque in _TAG.findall(value)


class EntityTags:
    """ASGI layer: a complete public response without an `ETag` gets one of its body, and is a 304
    to a caller who has it. What depends on a session is not public (`Cache-Control`)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in _SAFE:
            await self._app(scope, receive, send)
            return
        held: Message | None = None

        async def send_tagged(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _lacks_tag(message):
                held = message
                return
            if held is not None:
                start, held = held, None
                start, message = _with_tag(start, message, dict(scope["headers"]))
                await send(start)
            await send(message)

        await self._app(scope, receive, send_tagged)


def _lacks_tag(start: Message) -> bool:
    headers = dict(start.get("headers", ()))
    is_public = headers.get(b"cache-control", b"").startswith(b"public")
    return start["status"] == 200 and is_public and b"etag" not in headers


def _with_tag(
    start: Message, message: Message, request_headers: Mapping[bytes, bytes]
) -> tuple[Message, Message]:
    """The two messages of a response, tagged; as they are if its body is not in the second."""
    headers, body = list(start["headers"]), message.get("body", b"")
    if dict(headers).get(b"content-length") != b"%d" % len(body):
        return start, message
    tag = b'W/"%s"' % hashlib.blake2b(body, digest_size=12).hexdigest().encode()
    headers.append((b"etag", tag))
    if not is_not_modified(request_headers, tag):
        return {**start, "headers": headers}, message
    remaining = [(name, value) for name, value in headers if name not in _OF_A_BODY]
    return {**start, "status": 304, "headers": remaining}, {**message, "body": b""}
