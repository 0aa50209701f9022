"""The ASGI layer that lets in what came through the gateway, and nothing else."""

from collections.abc import Mapping
from typing import Any, Final

from socle.auth.caller import HEADER, Caller
from socle.auth.verifier import Verifier
from socle.errors import Refusal
from socle.http import ASGIApp, Receive, Scope, Send, problem

_CALLER: Final = "regionlab.caller"


class Verified:
    """Stands before a service's application. /healthz, /readyz and /metrics are answered before."""

    def __init__(self, app: ASGIApp, verifier: Verifier) -> None:
        self._app, self._verifier = app, verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        token = next((value for name, value in scope["headers"] if name == HEADER), b"")
        try:
            scope[_CALLER] = await self._verifier.verify(token)
        except Refusal as refusal:
            status, headers, body = problem(refusal, None)
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})
            return
        await self._app(scope, receive, send)


def caller_of(scope: Mapping[str, Any]) -> Caller:
    """Who calls, for an application behind `Verified`. Raises KeyError elsewhere."""
    caller: Caller = scope[_CALLER]
    return caller
