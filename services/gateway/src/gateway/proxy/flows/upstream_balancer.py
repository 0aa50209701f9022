"""A service asked steadily: at one of its addresses, another when that fails, and not at all when
asking would only make things worse.

Repeated at another address (RFC 9110 §9.2.2), within a tenth of the requests:

    nothing was sent                      any request whose body was not begun
    no answer came, or a 502 or a 503     GET, HEAD, OPTIONS, and whatever has an `Idempotency-Key`

and never once a byte of an answer was handed over. Where there is one address, it is asked again
once when it closed without an answer.
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
_KEY: Final = b"idempotency-key"
_MOST_KEPT: Final = 64 * 1024  # bytes of a body, so that it can be sent again
_ELSEWHERE: Final = frozenset({502, 503})
_UNUSABLE: Final = frozenset({502, 504})
_COME_BACK: Final = 1.0
_BARELY: Final = 0.05  # a wait this close to its end ended with it


class UpstreamBalancer:
    """Implements `Services` over the addresses of each."""

    def __init__(
        self, addresses: UpstreamClient, upstreams: Mapping[Service, Upstreams], clock: Clock
    ) -> None:
        self._addresses, self._upstreams, self._clock = addresses, upstreams, clock

    async def send(self, request: UpstreamRequest) -> UpstreamResponse:
        upstreams = self._upstreams[request.service]
        upstreams.asked()
        body = _Body(request) if request.body is not None else None
        repeatable = request.method in _SAFE or _has_key(request)
        tried: list[Upstream] = []
        upstream = self._choose(upstreams, tried)
        while True:
            tried.append(upstream)
            try:
                answer = await self._ask(upstream, request, body)
                if answer.status not in _ELSEWHERE or not repeatable:
                    return answer
                following = self._next(upstreams, tried, body, same=False)
                if following is None:
                    return answer
                answer.close()
            except Failure as failure:
                if not _may_repeat(failure, repeatable=repeatable, body=body):
                    raise
                same = isinstance(failure, ProtocolError)
                following = self._next(upstreams, tried, body, same=same)
                if following is None:
                    raise
            upstream = following

    def _choose(self, upstreams: Upstreams, tried: Sequence[Upstream]) -> Upstream:
        now = self._clock.monotonic()
        found = upstreams.choose(now, tried)
        if found is None and upstreams.full():
            raise Overloaded(_COME_BACK)
        if found is None:
            raise Unreachable("left alone for now", retry_after=upstreams.closes_in(now))
        return found

    def _next(
        self, upstreams: Upstreams, tried: Sequence[Upstream], body: "_Body | None", *, same: bool
    ) -> Upstream | None:
        """The address at which to ask again. `same`: it may be the same one, once."""
        if body is not None and not body.whole():
            return None
        now = self._clock.monotonic()
        found = upstreams.choose(now, tried)
        if found is None and same and len(tried) == 1:
            found = upstreams.choose(now)
        return found if found is not None and upstreams.may_retry() else None

    async def _ask(
        self, upstream: Upstream, request: UpstreamRequest, body: "_Body | None"
    ) -> UpstreamResponse:
        now = self._clock.monotonic()
        headers = request.headers
        if request.deadline is not None:
            left = max(0, int((request.deadline - now) * 1000))
            headers = [*headers, (TIMEOUT_HEADER, b"%d" % left)]
        upstream.breaker.begin(now)
        upstream.in_flight += 1
        try:
            answer = await self._addresses.send(
                upstream.address,
                request.method,
                request.target,
                headers,
                None if body is None else body.read(),
            )
        except BaseException as error:
            upstream.in_flight -= 1
            self._note_failure(upstream, error, request, body)
            raise
        now = self._clock.monotonic()
        if answer.status in _UNUSABLE:
            upstream.breaker.failed(now)
        elif answer.status == 503:
            upstream.breaker.abandoned()
        else:
            upstream.breaker.succeeded(now)
        return _Counted(answer, upstream, self._clock, begun=request.streaming)

    def _note_failure(
        self,
        upstream: Upstream,
        error: BaseException,
        request: UpstreamRequest,
        body: "_Body | None",
    ) -> None:
        now = self._clock.monotonic()
        # A time limit of the route ends the exchange from above, as a caller who leaves does.
        late = request.deadline is not None and now >= request.deadline - _BARELY
        callers_own = body is not None and body.broken
        if (isinstance(error, Failure) or late) and not callers_own:
            upstream.breaker.failed(now)
        else:
            upstream.breaker.abandoned()


class _Counted:
    """An answer that its address still works on; a stream that began is not counted any more."""

    __slots__ = ("_answer", "_clock", "_counted", "_upstream", "headers", "status")

    def __init__(
        self, answer: UpstreamResponse, upstream: Upstream, clock: Clock, *, begun: bool
    ) -> None:
        self._answer, self._upstream, self._clock = answer, upstream, clock
        self.status, self.headers = answer.status, answer.headers
        self._counted = True
        if begun:
            self._leave()

    async def read(self) -> bytes:
        try:
            return await self._answer.read()
        except ProtocolError:
            self._upstream.breaker.failed(self._clock.monotonic())
            raise

    def at_end(self) -> bool:
        return self._answer.at_end()

    def close(self) -> None:
        self._leave()
        self._answer.close()

    def _leave(self) -> None:
        if self._counted:
            self._counted = False
            self._upstream.in_flight -= 1


class _Body:
    """A request's body on its way; `kept`: it is remembered as it goes, to be sent again."""

    def __init__(self, request: UpstreamRequest) -> None:
        assert request.body is not None
        self._source = request.body
        self.kept = _has_key(request)
        self.begun = self.broken = self._ended = False
        self._said: list[bytes] = []
        self._size = 0

    def whole(self) -> bool:
        """Whether it can be sent from its first byte."""
        return not self.broken and (not self.begun or self.kept)

    async def read(self) -> AsyncIterator[bytes]:
        """From its first byte."""
        for chunk in self._said:
            yield chunk
        while not self._ended:
            self.begun = True
            try:
                chunk = await anext(self._source)
            except StopAsyncIteration:
                self._ended = True
                return
            except Exception:
                self.broken = True
                raise
            self._size += len(chunk)
            self.kept = self.kept and self._size <= _MOST_KEPT
            if self.kept:
                self._said.append(chunk)
            yield chunk


def _has_key(request: UpstreamRequest) -> bool:
    return any(name == _KEY for name, _ in request.headers)


def _may_repeat(failure: Failure, *, repeatable: bool, body: _Body | None) -> bool:
    match failure:
        case Unreachable() | UpstreamTimeout(phase="connect"):
            return body is None or body.whole()
        case ProtocolError():
            return repeatable
        case _:
            return False
