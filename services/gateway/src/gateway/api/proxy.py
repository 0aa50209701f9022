"""The data path: raw ASGI, from a matched route to the service and back.

Order of judgement: method → who may → address → size → forward. Identity, plans and quotas take
their place at "who may", before a byte of the body is read; breakers and retry budgets wrap the
services' port, behind it.
"""

import asyncio
import logging
from typing import Final

from gateway.api.caller import AsgiCaller
from gateway.api.problems import not_allowed, of_failure
from gateway.domain.encoding import accepts_gzip
from gateway.domain.failures import CallerGone, Failure
from gateway.domain.headers import Context, Named, client_address, inward
from gateway.domain.routes import Route, has_dot_segment
from gateway.flows.forward import forward
from gateway.ports import Inward, Services
from socle.errors import Refusal
from socle.http import Problem, Receive, Scope, Send, of_refusal
from socle.http.exchange import let_fall, too_large
from socle.telemetry import current_request_id, current_trace

log = logging.getLogger("gateway.proxy")

ROUTE: Final = "gateway.route"  # scope keys, set by the door before the edge
METHOD: Final = "gateway.method"


class Proxy:
    """Answers for the addresses of the route table.

    `proxies`: how many proxies of ours stand in front; `proto`: what callers use to reach us.
    """

    def __init__(self, services: Services, *, proxies: int, proto: str) -> None:
        self._services, self._proxies, self._proto = services, proxies, proto
        self._streams: set[AsgiCaller] = set()
        self._draining = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route: Route = scope[ROUTE]
        caller = AsgiCaller(receive, send, route.limits)
        named: Named = dict(scope["headers"])
        if refused := _judge(scope, route, named):
            await _tell(caller, refused, receive)
            return
        try:
            await self._forward(scope, route, named, caller)
        except CallerGone:
            return
        except Failure as failure:
            await _failed(caller, of_failure(failure, route.service), receive, repr(failure))

    def end_streams(self) -> None:
        """The process stops: open streams end properly now, and new ones at once."""
        self._draining = True
        for caller in self._streams:
            caller.finish()

    async def _forward(self, scope: Scope, route: Route, named: Named, caller: AsgiCaller) -> None:
        caller.watch()
        if route.streaming:
            self._streams.add(caller)
            if self._draining:
                caller.finish()
        try:
            await forward(
                self._inward(scope, route, named, caller),
                route=route,
                gzip=accepts_gzip(named),
                caller=caller,
                services=self._services,
            )
        except asyncio.CancelledError:
            if not (caller.hung_up or caller.finishing):
                raise
            _uncancel()
            if caller.finishing and caller.started:
                await caller.end(b"")
        except Failure:
            # What the caller did wrong comes wrapped in what the service's connection made of it.
            if caller.failure:
                raise caller.failure from None
            raise
        finally:
            caller.unwatch()
            self._streams.discard(caller)

    def _inward(self, scope: Scope, route: Route, named: Named, caller: AsgiCaller) -> Inward:
        length = named.get(b"content-length")
        sends = length not in (None, b"0") or b"transfer-encoding" in named
        trace = current_trace()
        peer = scope["client"][0] if scope.get("client") else ""
        context = Context(
            client=client_address(peer, named.get(b"x-forwarded-for"), proxies=self._proxies),
            proto=self._proto,
            host=named.get(b"host", b""),
            request_id=current_request_id() or "",
            traceparent=trace.traceparent if trace else "",
            trace_continues=trace is not None and trace.parent_id is not None,
        )
        query: bytes = scope["query_string"]
        target = scope["raw_path"] + (b"?" + query if query else b"")
        return Inward(
            service=route.service,
            method=scope[METHOD],
            target=target.decode("ascii"),
            headers=inward(
                scope["headers"],
                context,
                length=length if sends else None,
                credentials=route.credentials,
            ),
            body=caller.body() if sends else None,
        )


def _judge(scope: Scope, route: Route, named: Named) -> Problem | None:
    if scope[METHOD] not in route.methods:
        return not_allowed(scope[METHOD], route)
    if not route.public:
        return of_refusal(Refusal("unauthenticated", "Cette adresse demande de s'identifier."))
    if has_dot_segment(scope["raw_path"].decode("ascii")):
        return of_refusal(Refusal("invalid", "L'adresse contient un segment « . » ou « .. »."))
    length = named.get(b"content-length")
    if length is not None and int(length) > route.limits.body_bytes:
        return too_large(route.limits.body_bytes)
    return None


async def _failed(caller: AsgiCaller, problem: Problem, receive: Receive, why: str) -> None:
    if caller.started:
        # Left unfinished: the server closes the connection, and the caller sees it was cut.
        log.warning("Answer cut: %s", why)
        return
    log.warning("Answered %d: %s", problem.kind.status, why)
    await _tell(caller, problem, receive)


async def _tell(caller: AsgiCaller, problem: Problem, receive: Receive) -> None:
    status, headers, body = problem.render(current_request_id())
    if status != 413:
        await caller.start(status, headers)
        await caller.end(body)
        return
    await caller.start(status, headers)
    # Closing while bytes are coming would lose this very answer.
    await caller.write(body)
    await let_fall(receive)
    await caller.end(b"")


def _uncancel() -> None:
    if task := asyncio.current_task():
        task.uncancel()
