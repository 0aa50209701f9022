"""What goes wrong, for a person in front of a browser: a problem told as a page with a way on.

The pages' own service makes pages of what it refuses; this is for what never reaches it, or what
it cannot answer: it is away, the address is too long, nothing is there. Programs, and whoever asks
for data, get the problem as it is.
"""

import base64
import hashlib
from collections.abc import Awaitable
from html import escape
from typing import Any, Final

import orjson

from gateway.domain.headers import Header
from socle.http import Message, Scope, Send
from socle.http.problems import MEDIA_TYPE

_STYLE: Final = (
    ":root{color-scheme:light dark;--f:#fff;--e:#14182b;--l:#0a4a9e}"
    "@media(prefers-color-scheme:dark){:root{--f:#10131d;--e:#f1f3f9;--l:#9cc4ff}}"
    "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem;"
    "color:var(--e);background:var(--f);overflow-wrap:anywhere}a{color:var(--l)}"
)
_DIGEST: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE: Final = """<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – Région Lab</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{detail}</p>
<p><a href="/">Prochains départs</a></p>
<p>Référence de la demande : {reference}</p>
</main>
</body>
</html>
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
            b"content-security-policy": _POLICY.encode(),
            b"content-length": str(len(body)).encode(),
        }
        headers = [header for header in start["headers"] if header[0] not in own]
        await self._send({**start, "headers": [*headers, *own.items()]})
        await self._send({"type": "http.response.body", "body": body})


def _is_problem(headers: list[Header]) -> bool:
    said = dict(headers)
    return said.get(b"content-type") == MEDIA_TYPE.encode() and b"content-encoding" not in said


def _page(problem: dict[str, Any]) -> bytes:
    told = {"title": problem["title"], "detail": problem["detail"]}
    reference = problem.get("request_id") or "–"
    words = {name: escape(str(text)) for name, text in {**told, "reference": reference}.items()}
    return _PAGE.format(style=_STYLE, **words).encode()


async def _done() -> None:
    return None
