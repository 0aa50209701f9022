"""Forwards a request to a service and streams the response back.

Nothing is buffered: a chunk is read only when the previous one was taken, so a slow reader slows
the service's connection and memory stays bounded, in both directions.
"""

import asyncio
import math
from collections.abc import AsyncIterator
from typing import Literal

from gateway.facts.domain import fact_in, units_in
from gateway.http.domain.content_encoding import Gzip
from gateway.http.domain.failures import ProtocolError, UpstreamTimeout
from gateway.http.domain.headers import downstream_headers, is_sendable
from gateway.pilots.domain.participants import COOKIE
from gateway.proxy.domain.response_encoding import encode
from gateway.proxy.flows.coarse_timer import CoarseTimer
from gateway.proxy.ports import Caller, Services, UpstreamRequest, UpstreamResponse
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.domain.routes import WRITE_MARGIN, Limits
from socle.http import FACT_HEADER, UNITS_HEADER, read_cpu_time

Phase = Literal["first_byte", "total", "idle"]


class _TimeLimits:
    """The time limits of an exchange, phase by phase. `has_body`: the request has a body. `writes`:
    it can write.

    Like `asyncio.timeout`, but for a deadline that is nearly always postponed: the timer is set
    only 0.1 s later, is not moved, and checks the current deadline when it expires.
    """

    def __init__(self, limits: Limits, timer: CoarseTimer, *, has_body: bool, writes: bool) -> None:
        self._coarse_timer, self._started = timer, False
        self._limits, self._loop = limits, asyncio.get_running_loop()
        started = self._loop.time()
        self._total_deadline = math.inf if limits.total is None else started + limits.total
        self._write_deadline: float | None = None
        if writes and limits.write is not None:
            self._write_deadline = started + limits.write + WRITE_MARGIN
        self._start_phase("total", math.inf)
        if not has_body:
            self._start_phase("first_byte", self._first_byte_deadline(started))
        self._expired = False

    def __enter__(self) -> "_TimeLimits":
        task = asyncio.current_task()
        assert task is not None
        self._task, self._cancelling = task, task.cancelling()
        self._timer: asyncio.TimerHandle | None = None
        self._coarse_timer.add(self, self._start)
        return self

    def __exit__(self, error_type: type[BaseException] | None, *raised: object) -> None:
        self._coarse_timer.remove(self)
        if self._timer is not None:
            self._timer.cancel()
        # If the task was cancelled by this timer alone, raise the timeout instead.
        is_own = self._expired and self._task.uncancel() <= self._cancelling
        if is_own and error_type is asyncio.CancelledError:
            raise UpstreamTimeout(self.phase) from None

    def expect_first_byte(self) -> None:
        """Start the phase of the first byte: the request is completely sent."""
        self._start_phase("first_byte", self._first_byte_deadline(self._loop.time()))
        self._set_timer()

    def _first_byte_deadline(self, now: float) -> float:
        """When the response must start, once the request is completely sent."""
        return (
            now + self._limits.first_byte if self._write_deadline is None else self._write_deadline
        )

    def expect_more(self) -> None:
        """Start the phase of the next chunk: a stream has the idle limit, any other the total."""
        if self._limits.total is None:
            self._start_phase("idle", self._loop.time() + self._limits.idle)
            self._set_timer()
        else:
            self._start_phase("total", math.inf)

    def _start_phase(self, phase: Phase, at: float) -> None:
        """Start a phase that ends at that instant, or at the total if that is earlier."""
        self.phase, self._deadline = phase, at
        if self._total_deadline <= at:
            self.phase, self._deadline = "total", self._total_deadline

    def _start(self) -> None:
        self._started = True
        self._set_timer()

    def _set_timer(self) -> None:
        """Set the timer to expire no later than the end of the phase."""
        if not self._started:
            return
        if self._timer is not None:
            if self._timer.when() <= self._deadline:
                return
            self._timer.cancel()
        self._timer = (
            None if self._deadline == math.inf else self._loop.call_at(self._deadline, self._expire)
        )

    def _expire(self) -> None:
        self._timer = None
        if self._loop.time() < self._deadline:
            self._set_timer()
        else:
            self._expired = True
            self._task.cancel()


async def forward(
    request: UpstreamRequest,
    *,
    context: RequestContext,
    caller: Caller,
    services: Services,
    timer: CoarseTimer,
) -> None:
    """Forward a request and its response, within the time limits of the route.

    `caller`: receives the response.

    Raises a Failure, or what `request.body` raises. A response that has started is then left
    incomplete, so that the caller recognises that it was cut.
    """
    limits = _TimeLimits(
        context.route.limits,
        timer,
        has_body=request.body is not None,
        writes=context.writes,
    )
    try:
        with limits:
            if request.body is not None:
                request = request._replace(body=_sent_body(request.body, limits))
            response = await services.send(request)
            try:
                await _return_response(response, context, caller, limits)
            finally:
                response.close()
    except TimeoutError:
        raise UpstreamTimeout(limits.phase) from None


async def _sent_body(body: AsyncIterator[bytes], limits: _TimeLimits) -> AsyncIterator[bytes]:
    async for chunk in body:
        yield chunk
    limits.expect_first_byte()


async def _return_response(
    response: UpstreamResponse,
    context: RequestContext,
    caller: Caller,
    limits: _TimeLimits,
) -> None:
    route = context.route
    context.fact = fact_in(response.headers, FACT_HEADER)
    if context.charge is not None and (more := units_in(response.headers, UNITS_HEADER) - 1) > 0:
        context.charge(more)
    if context.arms:
        context.cpu_microseconds = read_cpu_time(response.headers)
    cookie = COOKIE if route.participant else route.cookie
    headers = downstream_headers(response.headers, status=response.status, cookie=cookie)
    if response.status == 101 or not is_sendable(headers):
        raise ProtocolError(f"unsendable response {response.status}")
    limits.expect_more()
    if route.streaming:
        # The headers of a stream are sent at once: its first event may come late.
        await caller.start(response.status, headers)
        await _copy(response, None, b"", caller, limits)
        return
    headers, encoder = encode(context, response.status, headers)
    # A response that fails before its first byte can still become a problem.
    first = await response.read()
    await caller.start(response.status, headers)
    await _copy(response, encoder, first, caller, limits)


async def _copy(
    response: UpstreamResponse,
    encoder: Gzip | None,
    chunk: bytes,
    caller: Caller,
    limits: _TimeLimits,
) -> None:
    while True:
        out = encoder.feed(chunk) if encoder else chunk
        if response.at_end():
            await caller.end(out + encoder.finish() if encoder else out)
            return
        if out:
            await caller.write(out)
        limits.expect_more()
        chunk = await response.read()
