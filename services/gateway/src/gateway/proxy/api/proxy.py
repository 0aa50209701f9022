"""The data path: raw ASGI, from a matched route to the service and back.

Order: request shape (method, path, size) → CORS and OPTIONS → load shedding → stages (identity,
access, plan, pilots) → forward, all before a byte of the body is read. Circuit breakers and
retries are behind the `Services` port.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import nullcontext

from gateway.http.api.problems import problem_of_failure
from gateway.http.domain.cors import Origins, cors_headers, preflight_headers
from gateway.http.domain.failures import ClientDisconnected, Failure
from gateway.http.domain.headers import (
    Forwarded,
    Header,
    HeaderMap,
    upstream_headers,
)
from gateway.http.domain.trusted_proxies import TrustedProxies
from gateway.pilots.domain.participants import participant_cookie
from gateway.proxy.api.asgi_caller import AsgiCaller
from gateway.proxy.api.request_shape import check_shape
from gateway.proxy.api.responses import (
    buffer_body,
    compressing_send,
    recording_send,
    send_failure,
    send_problem,
)
from gateway.proxy.api.serve_cached import is_shareable, serve_cached
from gateway.proxy.domain.http_cache import Key, key_of
from gateway.proxy.domain.load_shedding import LoadShedding
from gateway.proxy.flows.coarse_timer import CoarseTimer
from gateway.proxy.flows.forward import forward
from gateway.proxy.flows.open_streams import OpenStreams
from gateway.proxy.flows.response_cache import HIT, CacheHit, ResponseCache
from gateway.proxy.flows.shed_load import shed_if_overloaded
from gateway.proxy.ports import Meter, Services, UpstreamRequest, UpstreamTokens
from gateway.routes.api import CONTEXT, EXCHANGE, METHOD, ROUTE
from gateway.routes.domain.own_cookie import own_cookie
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.domain.routes import OWN
from gateway.routes.ports import Stage
from socle.clock import Clock
from socle.errors import Refusal
from socle.http import ASGIApp, Receive, Scope, Send, of_refusal
from socle.telemetry import current_request_id, current_trace


class Proxy:
    """The ASGI application of all routes.

    `own`: the application of the gateway's own routes.
    `stages`: what every request passes, in this order, before it is forwarded.
    `meters`: count each exchange when it ends.
    `cache`: of public responses; None if it is off.
    `origins`: of registered applications, for CORS.
    `proxies`: those in front of the gateway whose `X-Forwarded-For` is trusted.
    `proto`: the scheme that callers use, `http` or `https`.
    """

    def __init__(
        self,
        services: Services,
        own: ASGIApp,
        *,
        stages: Sequence[Stage],
        tokens: UpstreamTokens,
        meters: Sequence[Meter],
        shedding: LoadShedding,
        cache: ResponseCache | None,
        origins: Origins,
        streams: OpenStreams,
        clock: Clock,
        proxies: TrustedProxies,
        proto: str,
    ) -> None:
        self._services, self._own, self._stages = services, own, tuple(stages)
        self._tokens, self._meters, self._clock = tokens, tuple(meters), clock
        self._shedding, self._cache, self._origins = shedding, cache, origins
        self._streams, self._proxies, self._proto = streams, proxies, proto
        self._coarse_timer = CoarseTimer()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started_at = self._clock.monotonic()
        context = scope[CONTEXT] = self._context(scope)
        send_recorded = recording_send(context, send, self._shedding)
        caller = AsgiCaller(receive, send_recorded, context.route.limits, self._coarse_timer)
        try:
            if problem := check_shape(scope, context.route, context.headers):
                await send_problem(caller, problem)
                return
            if await self._answer_options(context, caller):
                return
            await self._run_stages(context)
            # CPU time is published for pilots only.
            if not context.arms and EXCHANGE in scope:
                scope[EXCHANGE].cpu_time.leave()
            if context.route.service == OWN:
                body = await buffer_body(receive, context.route.limits)
                self._shedding.enter(context)
                await self._own(scope, body, compressing_send(context, send_recorded))
            else:
                await self._forward(scope, context, caller)
        except ClientDisconnected:
            return
        except Refusal as refusal:
            if context.status:  # the response has started
                raise
            await send_problem(caller, of_refusal(refusal))
        except Failure as failure:
            problem = problem_of_failure(failure, context.route.service)
            await send_failure(caller, problem, repr(failure))
        finally:
            self._shedding.leave(context)
            self._count(context, seconds=self._clock.monotonic() - started_at)

    async def _run_stages(self, context: RequestContext) -> None:
        """Run load shedding and the stages. Raises Refusal."""
        shed_if_overloaded(self._shedding, context.route)
        for stage in self._stages:
            await stage(context)

    def _count(self, context: RequestContext, *, seconds: float) -> None:
        """Count an exchange that ended."""
        for meter in self._meters:
            meter.count(context, seconds=seconds)

    async def _answer_options(self, context: RequestContext, caller: AsgiCaller) -> bool:
        """Add the CORS headers to the response, and answer an OPTIONS request: with the methods of
        the route (RFC 9110 §9.3.7), and as a preflight one if it is that. Whether it was one."""
        cors = context.route.cors
        granted = cors_headers(cors, context.headers.get(b"origin"), self._origins)
        context.response_headers += granted
        if context.method != "OPTIONS":
            return False
        headers = [(b"allow", context.route.allow.encode())]
        if b"access-control-request-method" in context.headers:
            headers += preflight_headers(cors, context.route.methods, granted)
        await caller.start(204, headers)
        await caller.end(b"")
        return True

    def _context(self, scope: Scope) -> RequestContext:
        """The context of a request, before the stages."""
        headers: HeaderMap = dict(scope["headers"])
        peer = scope["client"][0] if scope.get("client") else ""
        query: bytes = scope["query_string"]
        target = scope["raw_path"] + (b"?" + query if query else b"")
        context = RequestContext(
            route=scope[ROUTE],
            method=scope[METHOD],
            target=target.decode("ascii"),
            client_address=self._proxies.caller_address(
                peer, (value for name, value in scope["headers"] if name == b"x-forwarded-for")
            ),
            headers=headers,
        )
        if (exchange := scope.get(EXCHANGE)) is not None:
            exchange.context = context
        return context

    async def _forward(self, scope: Scope, context: RequestContext, caller: AsgiCaller) -> None:
        key: Key | None = None
        if self._cache is not None and is_shareable(context):
            key = key_of(context.route.service, context.target, context.headers)
            if (cached := self._cache.fresh(key)) is not None:
                await serve_cached(cached, HIT, context, caller, now=self._clock.monotonic())
                return
        caller.watch(body=_has_body(context.headers))
        is_stream = context.route.streaming
        registration = (
            self._streams.register(context, caller.finish) if is_stream else nullcontext()
        )
        try:
            with registration:
                await self._respond(
                    self._upstream_request(scope, context, caller), key, context, caller
                )
        except asyncio.CancelledError:
            if not (caller.disconnected or caller.finishing):
                raise
            _uncancel_task()
            if caller.finishing and caller.started:
                await caller.end(b"")
        except Failure:
            # An error of the caller's side is wrapped in an error of the upstream connection.
            if caller.failure:
                raise caller.failure from None
            raise
        finally:
            caller.unwatch()

    async def _respond(
        self, request: UpstreamRequest, key: Key | None, context: RequestContext, caller: AsgiCaller
    ) -> None:
        services, route = self._services, context.route
        if key is not None and self._cache is not None:
            limit = _response_deadline(context, has_body=False)
            found = await self._cache.get(key, request, compress=route.compress, within=limit)
            if isinstance(found, CacheHit):
                now = self._clock.monotonic()
                await serve_cached(found.cached, found.headers, context, caller, now=now)
                return
            services = found or services
        await forward(
            request,
            context=context,
            caller=caller,
            services=services,
            timer=self._coarse_timer,
        )

    def _upstream_request(
        self, scope: Scope, context: RequestContext, caller: AsgiCaller
    ) -> UpstreamRequest:
        route, headers = context.route, context.headers
        length, has_body = headers.get(b"content-length"), _has_body(headers)
        if not has_body:
            self._shedding.enter(context)
        return UpstreamRequest(
            service=route.service,
            method=context.method,
            target=context.target,
            headers=self._upstream_headers(scope, context, length=length if has_body else None),
            body=self._body(context, caller) if has_body else None,
            deadline=self._clock.monotonic() + _response_deadline(context, has_body=has_body),
            streaming=route.streaming,
        )

    async def _body(self, context: RequestContext, caller: AsgiCaller) -> AsyncIterator[bytes]:
        async for chunk in caller.body():
            yield chunk
        self._shedding.enter(context)

    def _upstream_headers(
        self, scope: Scope, context: RequestContext, *, length: bytes | None
    ) -> list[Header]:
        """The headers of the request to the service."""
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
            cookie=participant_cookie(context) or own_cookie(context),
        )


def _has_body(headers: HeaderMap) -> bool:
    """Whether the request has a body."""
    return headers.get(b"content-length") not in (None, b"0") or b"transfer-encoding" in headers


def _response_deadline(context: RequestContext, *, has_body: bool) -> float:
    """The seconds within which the response of a service must start."""
    limits = context.route.limits
    total = math.inf if limits.total is None else limits.total
    if limits.write is not None and context.writes:
        return min(total, limits.write)
    # The limit of the first byte counts from the end of the request.
    return min(total, limits.first_byte + (limits.idle if has_body else 0.0))


def _uncancel_task() -> None:
    if task := asyncio.current_task():
        task.uncancel()
