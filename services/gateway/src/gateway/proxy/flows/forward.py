"""One request handed to a service, and its answer handed back as it comes.

Nothing is kept: a chunk is read only when the one before was taken, so a slow reader slows the
service's connection and memory stays bounded, in both directions.
"""

import asyncio
import math
from collections.abc import AsyncIterator
from typing import Literal

from gateway.facts.domain import fact_in
from gateway.http.domain.content_encoding import (
    Gzip,
    add_vary,
    gzipped_headers,
    is_compressible,
    is_large_enough,
)
from gateway.http.domain.failures import ProtocolError, UpstreamTimeout
from gateway.http.domain.headers import Header, downstream_headers, is_sendable
from gateway.pilots.domain.participants import COOKIE
from gateway.proxy.flows.coarse_timer import CoarseTimer
from gateway.proxy.ports import Caller, Services, UpstreamRequest, UpstreamResponse
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.domain.routes import Limits, Route
from socle.http import FACT_HEADER, read_cpu_time

Phase = Literal["first_byte", "total", "idle"]


class _Watch:
    """The one timer of an exchange, moved from phase to phase. `sends`: a body is to be sent.

    What `asyncio.timeout` does, for an hour that nearly always moves later: the timer is set once
    a moment has passed, left to ring, and looks again.
    """

    def __init__(self, limits: Limits, moments: CoarseTimer, *, sends: bool) -> None:
        self._moments, self._begun = moments, False
        self._limits, self._loop = limits, asyncio.get_running_loop()
        begun = self._loop.time()
        self._total_at = math.inf if limits.total is None else begun + limits.total
        self._begin("total", math.inf)
        if not sends:
            self._begin("first_byte", begun + limits.first_byte)
        self._late = False

    def __enter__(self) -> "_Watch":
        task = asyncio.current_task()
        assert task is not None
        self._task, self._cancelling = task, task.cancelling()
        self._timer: asyncio.TimerHandle | None = None
        self._moments.add(self, self._start)
        return self

    def __exit__(self, kind: type[BaseException] | None, *raised: object) -> None:
        self._moments.leave(self)
        if self._timer is not None:
            self._timer.cancel()
        # Cancelled by us and by nobody else: tell the limit instead.
        ours = self._late and self._task.uncancel() <= self._cancelling
        if ours and kind is asyncio.CancelledError:
            raise UpstreamTimeout(self.phase) from None

    def expect_first_byte(self) -> None:
        """The request is wholly sent."""
        self._begin("first_byte", self._loop.time() + self._limits.first_byte)
        self._set()

    def expect_more(self) -> None:
        """Each chunk of a stream earns the next silence; a plain answer keeps its total."""
        if self._limits.total is None:
            self._begin("idle", self._loop.time() + self._limits.idle)
            self._set()
        else:
            self._begin("total", math.inf)

    def _begin(self, phase: Phase, at: float) -> None:
        """Begin a phase that ends then, or at the total if that comes first."""
        self.phase, self._at = phase, at
        if self._total_at <= at:
            self.phase, self._at = "total", self._total_at

    def _start(self) -> None:
        self._begun = True
        self._set()

    def _set(self) -> None:
        """See to it that the timer rings no later than the end of the phase."""
        if not self._begun:
            return
        if self._timer is not None:
            if self._timer.when() <= self._at:
                return
            self._timer.cancel()
        self._timer = None if self._at == math.inf else self._loop.call_at(self._at, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._loop.time() < self._at:
            self._set()
        else:
            self._late = True
            self._task.cancel()


async def forward(
    request: UpstreamRequest,
    *,
    context: RequestContext,
    gzip: bool,
    caller: Caller,
    services: Services,
    moments: CoarseTimer,
) -> None:
    """Forward within the limits of the context's route. `gzip`: the caller accepts it.

    Raises a Failure or what `request.body` raises. When the answer had already begun it is left
    unfinished: a cut answer must look cut.
    """
    watch = _Watch(context.route.limits, moments, sends=request.body is not None)
    try:
        with watch:
            if request.body is not None:
                request = request._replace(body=_sent(request.body, watch))
            answer = await services.send(request)
            try:
                await _hand_back(answer, request.method, context, gzip, caller, watch)
            finally:
                answer.close()
    except TimeoutError:
        raise UpstreamTimeout(watch.phase) from None


async def _sent(body: AsyncIterator[bytes], watch: _Watch) -> AsyncIterator[bytes]:
    async for chunk in body:
        yield chunk
    watch.expect_first_byte()


async def _hand_back(
    answer: UpstreamResponse,
    method: str,
    context: RequestContext,
    gzip: bool,
    caller: Caller,
    watch: _Watch,
) -> None:
    route = context.route
    context.fact = fact_in(answer.headers, FACT_HEADER)
    if context.arms:
        context.cpu_microseconds = read_cpu_time(answer.headers)
    cookie = COOKIE if route.participant else None
    headers = downstream_headers(answer.headers, status=answer.status, cookie=cookie)
    if answer.status == 101 or not is_sendable(headers):
        raise ProtocolError(f"unsendable answer {answer.status}")
    watch.expect_more()
    if route.streaming:
        # A stream's headers go at once: its first event may be long in coming.
        await caller.start(answer.status, headers)
        await _copy(answer, None, b"", caller, watch)
        return
    headers, encoder = _encoding(headers, answer.status, method, route, gzip)
    # An answer that breaks before its first byte can still be told as a problem.
    first = await answer.read()
    await caller.start(answer.status, headers)
    await _copy(answer, encoder, first, caller, watch)


def _encoding(
    headers: list[Header], status: int, method: str, route: Route, gzip: bool
) -> tuple[list[Header], Gzip | None]:
    named = dict(headers)
    if not route.compress or not is_compressible(named, status):
        return headers, None
    headers = add_vary(headers)
    if not gzip or method == "HEAD" or not is_large_enough(named):
        return headers, None
    return gzipped_headers(headers), Gzip()


async def _copy(
    answer: UpstreamResponse, encoder: Gzip | None, chunk: bytes, caller: Caller, watch: _Watch
) -> None:
    while True:
        out = encoder.feed(chunk) if encoder else chunk
        if answer.at_end():
            await caller.end(out + encoder.finish() if encoder else out)
            return
        if out:
            await caller.write(out)
        watch.expect_more()
        chunk = await answer.read()
