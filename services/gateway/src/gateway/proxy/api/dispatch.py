"""The outermost layer: which way a request goes, and what every answer carries.

in the route table      → judged (`Proxy`), then forwarded, or answered by the door itself
anything else           → a problem 404

Both wear the house's edge.

What goes wrong is told by a page to whoever reads pages, by an OperationOutcome under `/fhir`.
"""

from collections.abc import Awaitable, Sequence
from typing import Final

from gateway.http.api.operation_outcomes import as_operation_outcomes
from gateway.http.api.problem_pages import as_page, prefers_html
from gateway.http.domain.headers import Header
from gateway.routes.api import METHOD, ROUTE
from gateway.routes.domain.routes import RouteTable
from socle.http import ASGIApp, Message, Receive, Scope, Send
from socle.service import Draining

_ALWAYS: Final[tuple[Header, ...]] = ((b"x-content-type-options", b"nosniff"),)
# A service that serves pages says its own; data needs nothing.
_UNLESS_SAID: Final[tuple[Header, ...]] = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
)
_NO_STORE: Final[Header] = (b"cache-control", b"no-store")
_CLOSE: Final[Header] = (b"connection", b"close")
_HSTS: Final[Header] = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class RequestDispatcher:
    """`judged`, `nowhere`: ASGI applications; `tls`: callers reach us over HTTPS."""

    def __init__(
        self,
        table: RouteTable,
        *,
        judged: ASGIApp,
        nowhere: ASGIApp,
        tls: bool,
        draining: Draining,
    ) -> None:
        self._table, self._judged, self._nowhere = table, judged, nowhere
        self._draining = draining
        self._always = (*_ALWAYS, _HSTS) if tls else _ALWAYS
        self._never_kept = (*self._always, _NO_STORE)
        self._imposed = frozenset(name for name, _ in self._always)
        self._imposed_never_kept = self._imposed | {_NO_STORE[0]}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._table.find(scope["raw_path"].decode("ascii"))

        never_kept = route is not None and route.no_store
        always = self._never_kept if never_kept else self._always
        imposed = self._imposed_never_kept if never_kept else self._imposed

        def protected(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                message["headers"] = _protect(message["headers"], always, imposed)
                if self._draining.started:
                    # Whoever keeps this connection would meet its end with a request under way.
                    message["headers"].append(_CLOSE)
            return send(message)

        told: Send = protected
        if route is not None and route.fhir:
            told = as_operation_outcomes(protected)
        elif (route is None or route.page) and prefers_html(scope):
            told = as_page(protected)
        if route is None:
            await self._nowhere(scope, receive, told)
            return
        scope[ROUTE], scope[METHOD] = route, scope["method"]
        scope["route_template"] = route.pattern
        await self._judged(scope, receive, told)


def _protect(
    headers: Sequence[Header], always: Sequence[Header], imposed: frozenset[bytes]
) -> list[Header]:
    said = [name for name, _ in headers]
    if imposed.isdisjoint(said):
        kept = [*headers, *always]
    else:
        kept = [header for header in headers if header[0] not in imposed]
        kept += always
    for header in _UNLESS_SAID:
        if header[0] not in said:
            kept.append(header)
    return kept
