"""The layer below metering: security headers, and the routing of requests.

matches a route     → `Proxy`, which forwards it, or lets the gateway answer it
anything else       → a problem 404

Both are wrapped by the edge of `socle`. Errors are pages for browsers, OperationOutcomes under
`/fhir`.
"""

from collections.abc import Awaitable, Sequence
from typing import Final

from gateway.http.api.languages import with_chosen_language
from gateway.http.api.operation_outcomes import as_operation_outcomes
from gateway.http.api.problem_pages import as_page, prefers_html
from gateway.http.domain.headers import Header
from gateway.routes.api import METHOD, ROUTE, visitor_of
from gateway.routes.domain.routes import RouteTable, normalise
from socle.http import ASGIApp, Message, Receive, Scope, Send
from socle.service import Draining

_ALWAYS: Final[tuple[Header, ...]] = ((b"x-content-type-options", b"nosniff"),)
# For responses without these headers; services that serve pages set their own.
_DEFAULTS: Final[tuple[Header, ...]] = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
)
_NO_STORE: Final[Header] = (b"cache-control", b"no-store")
_CLOSE: Final[Header] = (b"connection", b"close")
_HSTS: Final[Header] = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class RequestDispatcher:
    """The ASGI application that finds the route of each request.

    `matched`: the application for requests with a route, which it finds in the scope.
    `unmatched`: the application for the others.
    `tls`: whether callers use HTTPS.
    """

    def __init__(
        self,
        table: RouteTable,
        *,
        matched: ASGIApp,
        unmatched: ASGIApp,
        tls: bool,
        draining: Draining,
    ) -> None:
        self._table, self._matched, self._unmatched = table, matched, unmatched
        self._draining = draining
        self._always = (*_ALWAYS, _HSTS) if tls else _ALWAYS
        self._always_no_store = (*self._always, _NO_STORE)
        self._imposed = frozenset(name for name, _ in self._always)
        self._imposed_no_store = self._imposed | {_NO_STORE[0]}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = normalise(scope["raw_path"].decode("ascii"))
        scope["raw_path"] = path.encode()
        route = self._table.find(path)
        if route is None or route.localised:
            scope["headers"] = with_chosen_language(scope["headers"])

        no_store = route is not None and route.no_store
        always = self._always_no_store if no_store else self._always
        imposed = self._imposed_no_store if no_store else self._imposed

        def protected_send(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                message["headers"] = _add_security_headers(message["headers"], always, imposed)
                if self._draining.started:
                    # A caller that reused the connection could lose a request when it closes.
                    message["headers"].append(_CLOSE)
            return send(message)

        outer_send: Send = protected_send
        if route is not None and route.fhir:
            outer_send = as_operation_outcomes(protected_send, scope)
        elif (route is None or route.page) and prefers_html(scope):
            outer_send = as_page(protected_send, scope, visitor_of)
        if route is None:
            await self._unmatched(scope, receive, outer_send)
            return
        scope[ROUTE], scope[METHOD] = route, scope["method"]
        scope["route_template"] = route.pattern
        await self._matched(scope, receive, outer_send)


def _add_security_headers(
    headers: Sequence[Header], always: Sequence[Header], imposed: frozenset[bytes]
) -> list[Header]:
    names = [name for name, _ in headers]
    if imposed.isdisjoint(names):
        completed = [*headers, *always]
    else:
        completed = [header for header in headers if header[0] not in imposed]
        completed += always
    for header in _DEFAULTS:
        if header[0] not in names:
            completed.append(header)
    return completed
