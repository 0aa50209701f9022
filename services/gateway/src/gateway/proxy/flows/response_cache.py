"""Public answers kept for everybody: one question to the service for all who ask at once, and the
last answer for a while when the service fails.

What is told of it: `Age`, and in `Cache-Status` (RFC 9211) whether it was kept. An answer past its
time, told because its service fails, says so there and in `Warning`. Its body says when it was made
and is never touched.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.http.domain.failures import Failure, UpstreamTimeout
from gateway.http.domain.headers import Header, downstream_headers, is_sendable
from gateway.proxy.domain.http_cache import (
    LARGEST,
    CachedResponse,
    CacheStore,
    Key,
    age_of,
    headers_of,
    length_of,
    terms_of,
)
from gateway.proxy.ports import Services, UpstreamRequest, UpstreamResponse
from socle.clock import Clock

PATIENCE: Final = 1.0
"""Seconds to wait for a service while there is an answer that may stand in."""
_PASSING: Final = 30.0
_MOST_PASSING: Final = 4096
# What the door tells of itself. Besides this and what an answer is kept by, its service hears
# nothing of who asks first, and cannot answer everybody by it: by a host that they made up, say.
_OF_THE_DOOR: Final = frozenset(
    {b"traceparent", b"x-forwarded-proto", b"x-regionlab-token", b"x-request-id"}
)
_UNWELL: Final = frozenset({500, 502, 503, 504})

HIT: Final[tuple[Header, ...]] = ((b"cache-status", b"regionlab; hit"),)
_STORED: Final[tuple[Header, ...]] = ((b"cache-status", b"regionlab; fwd=miss; stored"),)
_STALE: Final[tuple[Header, ...]] = (
    (b"cache-status", b"regionlab; hit; fwd=stale; detail=service-failing"),
    (b"warning", b'111 - "Revalidation Failed"'),
)


@dataclass(frozen=True, slots=True)
class CacheHit:
    """A kept answer, and what is said of how it came."""

    kept: CachedResponse
    besides: tuple[Header, ...]


class UncacheableResponse:
    """An answer that cannot be kept: for whoever asked, or nobody. Implements `Services`."""

    def __init__(self, answer: UpstreamResponse) -> None:
        self._answer, self.status, self._taken = answer, answer.status, False

    def take(self) -> bool:
        """Whether it is still there for whoever asks this, who must `send` or `drop` it."""
        first, self._taken = not self._taken, True
        return first

    async def send(self, request: UpstreamRequest) -> UpstreamResponse:
        return self._answer

    def drop(self) -> None:
        """Be done with it."""
        self._answer.close()


class _Flight:
    """One question to the service, and those who wait for it."""

    def __init__(self, question: Coroutine[Any, Any, CachedResponse | UncacheableResponse]) -> None:
        self.task = asyncio.create_task(question, name="keep")
        self.waiting = 0
        self.task.add_done_callback(self._over)

    def leave(self) -> None:
        self.waiting -= 1
        if self.task.done():
            self._over(self.task)

    def _over(self, task: "asyncio.Task[CachedResponse | UncacheableResponse]") -> None:
        if self.waiting or task.cancelled() or task.exception() is not None:
            return
        if isinstance(found := task.result(), UncacheableResponse) and found.take():
            found.drop()


class ResponseCache:
    """`most`: bytes kept in all; `stale`: seconds an answer past its time may stand in."""

    def __init__(self, services: Services, clock: Clock, *, most: int, stale: float) -> None:
        self._services, self._clock = services, clock
        self._shelf, self._stale = CacheStore(most), stale
        self._flights: dict[Key, _Flight] = {}
        # What cannot be kept is asked for by each for itself.
        self._passing: dict[Key, float] = {}

    def fresh(self, key: Key) -> CachedResponse | None:
        """What is kept for that question and not past its time."""
        kept = self._shelf.find(key)
        return kept if kept is not None and kept.is_fresh(self._clock.monotonic()) else None

    async def get(
        self, key: Key, request: UpstreamRequest, *, compress: bool, within: float
    ) -> CacheHit | UncacheableResponse | None:
        """The answer to a question nothing fresh is kept for; None: ask for yourself.

        `within`: seconds for the service to answer. Raises a Failure.
        """
        now = self._clock.monotonic()
        kept = self._shelf.find(key)
        if kept is None and self._passing.get(key, 0.0) > now:
            return None
        standing_in = kept if kept is not None and kept.may_stand_in(now) else None
        flight = self._flights.get(key)
        mine = flight is None
        if flight is None:
            question = self._ask(key, kept, request, compress=compress, within=within)
            flight = self._flights[key] = _Flight(question)
        return await self._await(flight, standing_in, mine=mine)

    async def _await(
        self, flight: _Flight, standing_in: CachedResponse | None, *, mine: bool
    ) -> CacheHit | UncacheableResponse | None:
        flight.waiting += 1
        try:
            async with asyncio.timeout(PATIENCE if standing_in else None):
                found = await asyncio.shield(flight.task)
            if isinstance(found, CachedResponse):
                return CacheHit(found, _STORED)
            if standing_in and found.status in _UNWELL:
                return CacheHit(standing_in, _STALE)
            # What is not for everybody is for whoever it was asked for.
            return found if mine and found.take() else None
        except (Failure, TimeoutError):
            if standing_in is None:
                raise
            return CacheHit(standing_in, _STALE)
        finally:
            flight.leave()

    async def _ask(
        self,
        key: Key,
        kept: CachedResponse | None,
        request: UpstreamRequest,
        *,
        compress: bool,
        within: float,
    ) -> CachedResponse | UncacheableResponse:
        """One question. What may be kept is read whole, whoever is still waiting."""
        headers = [header for header in request.headers if header[0] in _OF_THE_DOOR]
        headers += headers_of(key)
        if kept is not None and (tag := kept.tag()) is not None:
            headers.append((b"if-none-match", tag))
        try:
            async with asyncio.timeout(within):
                answer = await self._services.send(request._replace(method="GET", headers=headers))
                if answer.status == 304 and kept is not None:
                    answer.close()
                    return self._renew(kept, answer)
                return await self._read(key, answer, compress=compress)
        except TimeoutError:
            raise UpstreamTimeout("first_byte") from None
        finally:
            del self._flights[key]

    async def _read(
        self, key: Key, answer: UpstreamResponse, *, compress: bool
    ) -> CachedResponse | UncacheableResponse:
        headers = downstream_headers(answer.headers, status=answer.status)
        # As the service said it: who is given a cookie is given an answer of their own.
        terms = terms_of(answer.status, answer.headers, longest_stale=self._stale)
        length = length_of(headers)
        if terms is None or length is None or length > LARGEST or not is_sendable(headers):
            if answer.status == 200:
                self._pass(key)
            return UncacheableResponse(answer)
        made_at = self._clock.monotonic() - age_of(headers)
        try:
            body = bytearray()
            while not answer.at_end():
                body += await answer.read()
        finally:
            answer.close()
        kept = CachedResponse(key, _without_age(headers), bytes(body), made_at, terms, compress)
        self._shelf.put(kept)
        return kept

    def _renew(self, kept: CachedResponse, answer: UpstreamResponse) -> CachedResponse:
        """The service says it is still the same: it is as fresh as one that came now."""
        said = downstream_headers(answer.headers, status=answer.status)
        names = {name for name, _ in said}
        headers = [header for header in kept.headers if header[0] not in names] + said
        terms = terms_of(200, headers, longest_stale=self._stale) or kept.terms
        made_at = self._clock.monotonic() - age_of(said)
        renewed = CachedResponse(
            kept.key, _without_age(headers), kept.body, made_at, terms, kept.compress
        )
        self._shelf.put(renewed)
        return renewed

    def _pass(self, key: Key) -> None:
        if len(self._passing) >= _MOST_PASSING:
            self._passing.clear()
        self._passing[key] = self._clock.monotonic() + _PASSING


def _without_age(headers: Sequence[Header]) -> list[Header]:
    return [header for header in headers if header[0] != b"age"]
