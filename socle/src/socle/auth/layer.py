"""The ASGI layer that accepts only requests that passed the gateway."""

import logging
from collections.abc import Collection, Mapping
from typing import Any, Final

from socle.auth.caller import ANONYMOUS, TOKEN_HEADER, Caller
from socle.auth.verifier import Verifier
from socle.errors import Refusal
from socle.http import ASGIApp, Receive, Scope, Send, problem, sane_request_id

_CALLER: Final = "regionlab.caller"

log = logging.getLogger("socle.auth")


class CallerVerification:
    """Verifies callers before a service's application. /healthz, /readyz and /metrics are answered
    before this layer (`socle.service.health_endpoints`).

    `internal_paths`: path prefixes that other services request without the gateway. Only there, no
    token is required, and a token is ignored: every caller is anonymous.
    """

    def __init__(
        self, app: ASGIApp, verifier: Verifier, *, internal_paths: Collection[str] = ()
    ) -> None:
        self._app, self._verifier, self._internal_paths = app, verifier, tuple(internal_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if self._internal_paths and scope["path"].startswith(self._internal_paths):
            scope[_CALLER] = ANONYMOUS
            await self._app(scope, receive, send)
            return
        tokens = [value for name, value in scope["headers"] if name == TOKEN_HEADER]
        try:
            # With two tokens, neither is trusted.
            scope[_CALLER] = await self._verifier.verify(tokens[0] if len(tokens) == 1 else b"")
        except Refusal as refusal:
            await _refuse(refusal, scope, send)
            return
        await self._app(scope, receive, send)


class AnonymousCallers:
    """The layer without keys, never in production: every caller is anonymous."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[_CALLER] = ANONYMOUS
        await self._app(scope, receive, send)


async def _refuse(refusal: Refusal, scope: Scope, send: Send) -> None:
    sent = next((value for name, value in scope["headers"] if name == b"x-request-id"), None)
    request_id = sane_request_id(sent)
    log.warning(
        "Refused a request that did not pass the gateway: %s",
        refusal.details.get("why", refusal.category),
        extra={"request_id": request_id},
    )
    status, headers, body = problem(refusal, request_id)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    sent_body = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": sent_body})


def caller_of(scope: Mapping[str, Any]) -> Caller:
    """The caller of a request, for an application behind one of these layers. Raises KeyError
    elsewhere."""
    caller: Caller = scope[_CALLER]
    return caller
