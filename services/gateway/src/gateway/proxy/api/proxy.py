"""The data path: raw ASGI, from a matched route to the service and back.

Order of judgement: shape (method, address, size) → the stages (who calls, what they may, how much,
which pilots) → forward. All of it before a byte of the body is read. Breakers and retry budgets
wrap the services' port, behind it.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import nullcontext

from gateway.http.api.problems import problem_of_failure
from gateway.http.domain.content_encoding import accepts_gzip
from gateway.http.domain.cors import Origins, cors_headers, preflight_headers
from gateway.http.domain.failures import ClientDisconnected, Failure
from gateway.http.domain.headers import (
    Forwarded,
    Header,
    HeaderMap,
    client_address,
    upstream_headers,
)
from gateway.pilots.domain.participants import cookie_of
from gateway.proxy.api.asgi_caller import AsgiCaller
from gateway.proxy.api.request_shape import misshapen
from gateway.proxy.api.responses import answering, failed, tell, whole
from gateway.proxy.api.serve_cached import give, is_everybodys
from gateway.proxy.domain.http_cache import Key, key_of
from gateway.proxy.domain.load_shedding import Shedding
from gateway.proxy.flows.coarse_timer import CoarseTimer
from gateway.proxy.flows.forward import forward
from gateway.proxy.flows.open_streams import OpenStreams
from gateway.proxy.flows.response_cache import HIT, CacheHit, ResponseCache
from gateway.proxy.flows.shed_load import admit_or_shed
from gateway.proxy.ports import Meter, Services, UpstreamRequest, UpstreamTokens
from gateway.routes.api import CONTEXT, EXCHANGE, METHOD, ROUTE
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.domain.routes import OWN, Limits
from gateway.routes.ports import Stage
from socle.clock import Clock
from socle.errors import Refusal
from socle.http import ASGIApp, Receive, Scope, Send, of_refusal
from socle.telemetry import current_request_id, current_trace


class Proxy:
    """Answers for the addresses of the route table.

    `own` answers for the door's own routes. `keeper`: keeps public answers, None: nothing is kept.
    `proxies`: how many proxies of ours stand in front;
    `proto`: what callers use to reach us.
    """

    def __init__(
        self,
        services: Services,
        own: ASGIApp,
        *,
        stages: Sequence[Stage],
        tokens: UpstreamTokens,
        meters: Sequence[Meter],
        shedding: Shedding,
        keeper: ResponseCache | None,
        origins: Origins,
        streams: OpenStreams,
        clock: Clock,
        proxies: int,
        proto: str,
    ) -> None:
        self._services, self._own, self._stages = services, own, tuple(stages)
        self._tokens, self._meters, self._clock = tokens, tuple(meters), clock
        self._shedding, self._keeper, self._origins = shedding, keeper, origins
        self._streams, self._proxies, self._proto = streams, proxies, proto
        self._moments = CoarseTimer()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = self._clock.monotonic()
        context = scope[CONTEXT] = self.context(scope)
        answer = answering(context, send, self._shedding)
        caller = AsgiCaller(receive, answer, context.route.limits, self._moments)
        try:
            if refused := misshapen(scope, context.route, context.headers):
                await tell(caller, refused, receive)
                return
            if await self._preflight(context, caller):
                return
            await self.judge(context)
            if not context.arms and EXCHANGE in scope:
                scope[EXCHANGE].cpu_time.leave()
            if context.route.service == OWN:
                body = await whole(receive, context.route.limits)
                self._shedding.enter(context)
                await self._own(scope, body, answer)
            else:
                await self._forward(scope, context, caller)
        except ClientDisconnected:
            return
        except Refusal as refusal:
            if context.status:
                raise
            await tell(caller, of_refusal(refusal), receive)
        except Failure as failure:
            why = problem_of_failure(failure, context.route.service)
            await failed(caller, why, receive, repr(failure))
        finally:
            self._shedding.leave(context)
            self.account(context, seconds=self._clock.monotonic() - began)

    async def judge(self, context: RequestContext) -> None:
        """Whether there is room, who calls, what they may, how much, which pilots. Raises
        Refusal."""
        admit_or_shed(self._shedding, context.route)
        for stage in self._stages:
            await stage(context)

    def account(self, context: RequestContext, *, seconds: float) -> None:
        """An exchange is over."""
        for meter in self._meters:
            meter.count(context, seconds=seconds)

    async def _preflight(self, context: RequestContext, caller: AsgiCaller) -> bool:
        """Say whose pages may read the answer; whether that was all that was asked."""
        cors = context.route.cors
        if cors == "none":
            return False
        told = cors_headers(cors, context.headers.get(b"origin"), self._origins)
        context.response_headers += told
        if context.method != "OPTIONS" or b"access-control-request-method" not in context.headers:
            return False
        await caller.start(204, preflight_headers(cors, context.route.methods, told))
        await caller.end(b"")
        return True

    def context(self, scope: Scope) -> RequestContext:
        """What is known of a request before it is judged."""
        named: HeaderMap = dict(scope["headers"])
        peer = scope["client"][0] if scope.get("client") else ""
        query: bytes = scope["query_string"]
        target = scope["raw_path"] + (b"?" + query if query else b"")
        context = RequestContext(
            route=scope[ROUTE],
            method=scope[METHOD],
            target=target.decode("ascii"),
            client_address=client_address(
                peer, named.get(b"x-forwarded-for"), proxies=self._proxies
            ),
            headers=named,
        )
        if (exchange := scope.get(EXCHANGE)) is not None:
            exchange.context = context
        return context

    async def _forward(self, scope: Scope, context: RequestContext, caller: AsgiCaller) -> None:
        key: Key | None = None
        if self._keeper is not None and is_everybodys(context):
            key = key_of(context.route.service, context.target, context.headers)
            if (kept := self._keeper.fresh(key)) is not None:
                await give(kept, HIT, context, caller, now=self._clock.monotonic())
                return
        caller.watch(body=_has_body(context.headers))
        streams = context.route.streaming
        held = self._streams.hold(context, caller.finish) if streams else nullcontext()
        try:
            with held:
                await self._ask(self._inward(scope, context, caller), key, context, caller)
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

    async def _ask(
        self, request: UpstreamRequest, key: Key | None, context: RequestContext, caller: AsgiCaller
    ) -> None:
        services, route = self._services, context.route
        if key is not None and self._keeper is not None:
            limit = _until_answer(route.limits, sends=False)
            found = await self._keeper.get(key, request, compress=route.compress, within=limit)
            if isinstance(found, CacheHit):
                now = self._clock.monotonic()
                await give(found.kept, found.besides, context, caller, now=now)
                return
            services = found or services
        gzip = accepts_gzip(context.headers)
        await forward(
            request,
            context=context,
            gzip=gzip,
            caller=caller,
            services=services,
            moments=self._moments,
        )

    def _inward(self, scope: Scope, context: RequestContext, caller: AsgiCaller) -> UpstreamRequest:
        route, named = context.route, context.headers
        length, sends = named.get(b"content-length"), _has_body(named)
        if not sends:
            self._shedding.enter(context)
        return UpstreamRequest(
            service=route.service,
            method=context.method,
            target=context.target,
            headers=self.inward_headers(scope, context, length=length if sends else None),
            body=self._come(context, caller) if sends else None,
            deadline=self._clock.monotonic() + _until_answer(route.limits, sends=sends),
            streaming=route.streaming,
        )

    async def _come(self, context: RequestContext, caller: AsgiCaller) -> AsyncIterator[bytes]:
        async for chunk in caller.body():
            yield chunk
        self._shedding.enter(context)

    def inward_headers(
        self, scope: Scope, context: RequestContext, *, length: bytes | None
    ) -> list[Header]:
        """What the service is told of the request and of who calls."""
        trace = current_trace()
        forwarded = Forwarded(
            client=context.client_address,
            proto=self._proto,
            host=context.headers.get(b"host", b""),
            request_id=current_request_id() or "",
            traceparent=trace.traceparent if trace else "",
            trace_continues=trace is not None and trace.parent_id is not None,
            token=self._tokens.issue(context),
        )
        return upstream_headers(
            scope["headers"],
            forwarded,
            length=length,
            credentials=context.route.credentials,
            cookie=cookie_of(context),
        )


def _has_body(headers: HeaderMap) -> bool:
    """Whether the request has a body."""
    return headers.get(b"content-length") not in (None, b"0") or b"transfer-encoding" in headers


def _until_answer(limits: Limits, *, sends: bool) -> float:
    """The seconds within which a service must have begun to answer."""
    total = math.inf if limits.total is None else limits.total
    # The time for the first byte counts from the end of the request.
    return min(total, limits.first_byte + (limits.idle if sends else 0.0))


def _uncancel() -> None:
    if task := asyncio.current_task():
        task.uncancel()
