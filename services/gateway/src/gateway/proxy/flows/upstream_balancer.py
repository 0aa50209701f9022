"""Load balancing, retry budget and circuit breaker for the addresses of each service.

What is retried at another address (RFC 9110 §9.2.2), for at most a tenth of the requests:

    nothing was sent                   any request whose body was not started
    no response, or a 502 or a 503     GET, HEAD, OPTIONS, and any with an `Idempotency-Key`

and never once a byte of a response was handed over. If no other address is left, the same one is
tried once more after a broken response.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

from gateway.http.domain.failures import (
    Failure,
    Overloaded,
    ProtocolError,
    Unreachable,
    UpstreamTimeout,
)
from gateway.proxy.domain.upstreams import Upstream, Upstreams
from gateway.proxy.ports import UpstreamClient, UpstreamRequest, UpstreamResponse
from gateway.routes.domain.routes import Service
from socle.clock import Clock
from socle.http import TIMEOUT_HEADER

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_IDEMPOTENCY_KEY: Final = b"idempotency-key"
_MAX_BUFFERED: Final = 64 * 1024  # bytes of a body that are buffered for a retry
_RETRIED_STATUSES: Final = frozenset({502, 503})
_FAILED_STATUSES: Final = frozenset({502, 504})
_RETRY_SECONDS: Final = 1.0
_TOLERANCE: Final = 0.05  # seconds before a deadline from which it counts as reached


class UpstreamBalancer:
    """Implements `Services` over the addresses of each service."""

    def __init__(
        self, client: UpstreamClient, upstreams: Mapping[Service, Upstreams], clock: Clock
    ) -> None:
        self._client, self._upstreams, self._clock = client, upstreams, clock

    async def send(self, request: UpstreamRequest) -> UpstreamResponse:
        upstreams = self._upstreams[request.service]
        upstreams.earn_retry()
        body = _Body(request) if request.body is not None else None
        repeatable = request.method in _SAFE or _has_idempotency_key(request)
        tried: list[Upstream] = []
        upstream = self._choose(upstreams, tried)
        while True:
            tried.append(upstream)
            try:
                response = await self._send_to(upstream, request, body)
                if response.status not in _RETRIED_STATUSES or not repeatable:
                    return response
                retry = self._choose_retry(upstreams, tried, body, same=False)
                if retry is None:
                    return response
                response.close()
            except Failure as failure:
                if not _can_retry(failure, repeatable=repeatable, body=body):
                    raise
                same = isinstance(failure, ProtocolError)
                retry = self._choose_retry(upstreams, tried, body, same=same)
                if retry is None:
                    raise
            upstream = retry

    def _choose(self, upstreams: Upstreams, tried: Sequence[Upstream]) -> Upstream:
        now = self._clock.monotonic()
        found = upstreams.choose(now, tried)
        if found is None and upstreams.full():
            raise Overloaded(_RETRY_SECONDS)
        if found is None:
            raise Unreachable("circuit breaker open", retry_after=upstreams.retry_in(now))
        return found

    def _choose_retry(
        self, upstreams: Upstreams, tried: Sequence[Upstream], body: "_Body | None", *, same: bool
    ) -> Upstream | None:
        """The address of a retry. `same`: it may be the same one, once."""
        if body is not None and not body.can_restart():
            return None
        now = self._clock.monotonic()
        found = upstreams.choose(now, tried)
        if found is None and same and len(tried) == 1:
            found = upstreams.choose(now)
        return found if found is not None and upstreams.take_retry() else None

    async def _send_to(
        self, upstream: Upstream, request: UpstreamRequest, body: "_Body | None"
    ) -> UpstreamResponse:
        now = self._clock.monotonic()
        headers = request.headers
        if request.deadline is not None:
            remaining_ms = max(0, int((request.deadline - now) * 1000))
            headers = [*headers, (TIMEOUT_HEADER, b"%d" % remaining_ms)]
        epoch = upstream.breaker.begin()
        upstream.in_flight += 1
        try:
            response = await self._client.send(
                upstream.address,
                request.method,
                request.target,
                headers,
                None if body is None else body.read(),
            )
        except BaseException as error:
            upstream.in_flight -= 1
            self._record_failure(upstream, epoch, error, request, body)
            raise
        now = self._clock.monotonic()
        # A 503 is what a starting replica answers, a 500 may be one broken route: neither opens the
        # breaker (docs/decisions/0019).
        if response.status in _FAILED_STATUSES:
            upstream.breaker.failed(epoch, now)
        elif response.status == 503:
            upstream.breaker.abandoned(epoch)
        else:
            upstream.breaker.succeeded(epoch, now)
        return _InFlightResponse(response, upstream, epoch, self._clock, started=request.streaming)

    def _record_failure(
        self,
        upstream: Upstream,
        epoch: int,
        error: BaseException,
        request: UpstreamRequest,
        body: "_Body | None",
    ) -> None:
        now = self._clock.monotonic()
        # A time limit cancels the exchange, as a disconnected caller does.
        timed_out = request.deadline is not None and now >= request.deadline - _TOLERANCE
        caller_failed = body is not None and body.broken
        if (isinstance(error, Failure) or timed_out) and not caller_failed:
            upstream.breaker.failed(epoch, now)
        else:
            upstream.breaker.abandoned(epoch)


class _InFlightResponse:
    """A response that counts as in flight at its address until it is closed. `started`: it is a
    stream, which does not count once it has started."""

    __slots__ = ("_clock", "_epoch", "_in_flight", "_response", "_upstream", "headers", "status")

    def __init__(
        self,
        response: UpstreamResponse,
        upstream: Upstream,
        epoch: int,
        clock: Clock,
        *,
        started: bool,
    ) -> None:
        self._response, self._upstream, self._clock = response, upstream, clock
        self._epoch = epoch
        self.status, self.headers = response.status, response.headers
        self._in_flight = True
        if started:
            self._release()

    async def read(self) -> bytes:
        try:
            return await self._response.read()
        except ProtocolError:
            self._upstream.breaker.failed(self._epoch, self._clock.monotonic())
            raise

    def at_end(self) -> bool:
        return self._response.at_end()

    def close(self) -> None:
        self._release()
        self._response.close()

    def _release(self) -> None:
        if self._in_flight:
            self._in_flight = False
            self._upstream.in_flight -= 1


class _Body:
    """A request's body, stored while it is sent if the request has an `Idempotency-Key`."""

    def __init__(self, request: UpstreamRequest) -> None:
        assert request.body is not None
        self._source = request.body
        self.buffered = _has_idempotency_key(request)
        """Whether all bytes read so far are stored."""
        self.started = self.broken = self._ended = False
        """`started`: reading it from the caller has begun. `broken`: that failed."""
        self._buffer: list[bytes] = []
        self._size = 0

    def can_restart(self) -> bool:
        """Whether it can be sent again from its first byte."""
        return not self.broken and (not self.started or self.buffered)

    async def read(self) -> AsyncIterator[bytes]:
        """The body from its first byte."""
        for chunk in self._buffer:
            yield chunk
        while not self._ended:
            self.started = True
            try:
                chunk = await anext(self._source)
            except StopAsyncIteration:
                self._ended = True
                return
            except Exception:
                self.broken = True
                raise
            self._size += len(chunk)
            self.buffered = self.buffered and self._size <= _MAX_BUFFERED
            if self.buffered:
                self._buffer.append(chunk)
            yield chunk


def _has_idempotency_key(request: UpstreamRequest) -> bool:
    return any(name == _IDEMPOTENCY_KEY for name, _ in request.headers)


def _can_retry(failure: Failure, *, repeatable: bool, body: _Body | None) -> bool:
    match failure:
        case Unreachable() | UpstreamTimeout(phase="connect"):
            return body is None or body.can_restart()
        case ProtocolError():
            return repeatable
        case _:
            return False
