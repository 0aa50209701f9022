"""What goes wrong, for a person in front of a browser: a problem told as a page with a way on.

The pages' own service makes pages of what it refuses; this is for what never reaches it, or what
it cannot answer: it is away, the address is too long, nothing is there. Programs, and whoever asks
for data, get the problem as it is.
"""

from collections.abc import Awaitable
from typing import Any, Final

import orjson

from gateway.api.html import document, policy, text
from gateway.domain.headers import Header
from socle.http import Message, Scope, Send
from socle.http.problems import MEDIA_TYPE

_BODY: Final = """<p>{detail}</p>
<p><a href="/">Prochains départs</a></p>
<p class="discret">Référence de la demande : {reference}</p>
"""


def reads_pages(scope: Scope) -> bool:
    """Whether the caller is a browser that goes to an address: it names HTML, programs do not."""
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept")
    return b"text/html" in accepted.lower()


class Readable:
    """Stands between an application and its caller: lets everything through, but problems."""

    def __init__(self, send: Send) -> None:
        self._send = send
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
        body = _page(orjson.loads(self._body)) if self._body else b""
        own = {
            b"content-type": b"text/html; charset=utf-8",
            b"content-security-policy": policy().encode(),
            b"content-length": str(len(body)).encode(),
        }
        headers = [header for header in start["headers"] if header[0] not in own]
        await self._send({**start, "headers": [*headers, *own.items()]})
        await self._send({"type": "http.response.body", "body": body})


def _is_problem(headers: list[Header]) -> bool:
    said = dict(headers)
    return said.get(b"content-type") == MEDIA_TYPE.encode() and b"content-encoding" not in said


def _page(problem: dict[str, Any]) -> bytes:
    reference = problem.get("request_id") or "–"
    body = _BODY.format(detail=text(problem["detail"]), reference=text(reference))
    return document(str(problem["title"]), body)


async def _done() -> None:
    return None
