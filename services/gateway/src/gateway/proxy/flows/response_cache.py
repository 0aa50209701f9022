"""A shared cache of public responses.

Concurrent requests for one key make one request to the service, and the last response is served
stale for a while if the service fails. Responses carry `Age` and `Cache-Status` (RFC 9211); a stale
one also carries `Warning`. Bodies are never changed.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.http.domain.failures import Failure, UpstreamTimeout
from gateway.http.domain.headers import Header, downstream_headers, is_sendable
from gateway.proxy.domain.http_cache import (
    MAX_BODY_BYTES,
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

PATIENCE_SECONDS: Final = 1.0
"""Seconds to wait for a service while a stale response is available."""
_UNCACHEABLE_SECONDS: Final = 30.0
_MAX_UNCACHEABLE: Final = 4096
# Sent to the service with the headers of the cache key, and no other: a response must not depend on
# anything else of its first caller, a forged host for instance.
_GATEWAY_HEADERS: Final = frozenset(
    {b"traceparent", b"x-forwarded-proto", b"x-regionlab-token", b"x-request-id"}
)
_FAILED_STATUSES: Final = frozenset({500, 502, 503, 504})

HIT: Final[tuple[Header, ...]] = ((b"cache-status", b"regionlab; hit"),)
_STORED: Final[tuple[Header, ...]] = ((b"cache-status", b"regionlab; fwd=miss; stored"),)
_STALE: Final[tuple[Header, ...]] = (
    (b"cache-status", b"regionlab; hit; fwd=stale; detail=service-failing"),
    (b"warning", b'111 - "Revalidation Failed"'),
)


@dataclass(frozen=True, slots=True)
class CacheHit:
    """A response from the cache."""

    cached: CachedResponse
    headers: tuple[Header, ...]
    """How it was obtained (`Cache-Status`), to add to its own."""


class UncacheableResponse:
    """A response that cannot be stored, for its first caller only. Implements `Services`."""

    def __init__(self, response: UpstreamResponse) -> None:
        self._response, self.status, self._taken = response, response.status, False

    def take(self) -> bool:
        """Claim the response; False if it is taken. The claimer must `send` or `drop` it."""
        first, self._taken = not self._taken, True
        return first

    async def send(self, request: UpstreamRequest) -> UpstreamResponse:
        return self._response

    def drop(self) -> None:
        """Release its connection."""
        self._response.close()


class _Fetch:
    """One request to the service, and how many callers wait for it."""

    def __init__(self, fetching: Coroutine[Any, Any, CachedResponse | UncacheableResponse]) -> None:
        self.task = asyncio.create_task(fetching, name="cache-fetch")
        self.waiting = 0
        self.task.add_done_callback(self._on_done)

    def leave(self) -> None:
        """One caller stops waiting. The last one releases a response that nobody took."""
        self.waiting -= 1
        if self.task.done():
            self._on_done(self.task)

    def _on_done(self, task: "asyncio.Task[CachedResponse | UncacheableResponse]") -> None:
        if self.waiting or task.cancelled() or task.exception() is not None:
            return
        if isinstance(found := task.result(), UncacheableResponse) and found.take():
            found.drop()


class ResponseCache:
    """The cache in front of the services.

    `max_bytes`: size of all stored responses.
    `stale`: seconds for which a response may be served after its lifetime, if the service fails.
    """

    def __init__(self, services: Services, clock: Clock, *, max_bytes: int, stale: float) -> None:
        self._services, self._clock = services, clock
        self._store, self._stale = CacheStore(max_bytes), stale
        self._fetches: dict[Key, _Fetch] = {}
        # Keys whose responses could not be stored, and until when (a monotonic second) each caller
        # makes its own request.
        self._uncacheable: dict[Key, float] = {}

    def fresh(self, key: Key) -> CachedResponse | None:
        """The fresh response of a key, or None."""
        cached = self._store.find(key)
        return cached if cached is not None and cached.is_fresh(self._clock.monotonic()) else None

    async def get(
        self, key: Key, request: UpstreamRequest, *, compress: bool, within: float
    ) -> CacheHit | UncacheableResponse | None:
        """The response of a key that has no fresh one.

        `request`: the one to send, unless another caller's is in flight.
        `compress`: the route allows compression. `within`: seconds for the service to respond.

        Returns None if the response cannot be shared: the caller sends its own request.
        Raises a Failure.
        """
        now = self._clock.monotonic()
        cached = self._store.find(key)
        if cached is None and self._uncacheable.get(key, 0.0) > now:
            return None
        stale = cached if cached is not None and cached.is_usable_stale(now) else None
        fetch = self._fetches.get(key)
        is_first = fetch is None
        if fetch is None:
            fetching = self._request(key, cached, request, compress=compress, within=within)
            fetch = self._fetches[key] = _Fetch(fetching)
        return await self._wait_for(fetch, stale, is_first=is_first)

    async def _wait_for(
        self, fetch: _Fetch, stale: CachedResponse | None, *, is_first: bool
    ) -> CacheHit | UncacheableResponse | None:
        fetch.waiting += 1
        try:
            async with asyncio.timeout(PATIENCE_SECONDS if stale else None):
                found = await asyncio.shield(fetch.task)
            if isinstance(found, CachedResponse):
                return CacheHit(found, _STORED)
            if stale and found.status in _FAILED_STATUSES:
                return CacheHit(stale, _STALE)
            # An uncacheable response is for the caller that started the request.
            return found if is_first and found.take() else None
        except (Failure, TimeoutError):
            if stale is None:
                raise
            return CacheHit(stale, _STALE)
        finally:
            fetch.leave()

    async def _request(
        self,
        key: Key,
        cached: CachedResponse | None,
        request: UpstreamRequest,
        *,
        compress: bool,
        within: float,
    ) -> CachedResponse | UncacheableResponse:
        """Request the service.

        A storable response is read completely, even if every caller has disconnected.
        """
        headers = [header for header in request.headers if header[0] in _GATEWAY_HEADERS]
        headers += headers_of(key)
        if cached is not None and (tag := cached.tag()) is not None:
            headers.append((b"if-none-match", tag))
        try:
            async with asyncio.timeout(within):
                response = await self._services.send(
                    request._replace(method="GET", headers=headers)
                )
                if response.status == 304 and cached is not None:
                    response.close()
                    return self._revalidate(cached, response)
                return await self._read_response(key, response, compress=compress)
        except TimeoutError:
            raise UpstreamTimeout("first_byte") from None
        finally:
            del self._fetches[key]

    async def _read_response(
        self, key: Key, response: UpstreamResponse, *, compress: bool
    ) -> CachedResponse | UncacheableResponse:
        headers = downstream_headers(response.headers, status=response.status)
        # From the service's own headers: a response with a cookie is not stored.
        terms = terms_of(response.status, response.headers, longest_stale=self._stale)
        length = length_of(headers)
        if terms is None or length is None or length > MAX_BODY_BYTES or not is_sendable(headers):
            # Not after an error: the next response may be a storable one.
            if response.status == 200:
                self._mark_uncacheable(key)
            return UncacheableResponse(response)
        made_at = self._clock.monotonic() - age_of(headers)
        try:
            body = bytearray()
            while not response.at_end():
                body += await response.read()
        finally:
            response.close()
        cached = CachedResponse(key, _without_age(headers), bytes(body), made_at, terms, compress)
        self._store.put(cached)
        return cached

    def _revalidate(self, cached: CachedResponse, response: UpstreamResponse) -> CachedResponse:
        """Store a response again that the service revalidated (304)."""
        new_headers = downstream_headers(response.headers, status=response.status)
        renewed_names = {name for name, _ in new_headers}
        headers = [
            header for header in cached.headers if header[0] not in renewed_names
        ] + new_headers
        terms = terms_of(200, headers, longest_stale=self._stale) or cached.terms
        made_at = self._clock.monotonic() - age_of(new_headers)
        renewed = CachedResponse(
            cached.key, _without_age(headers), cached.body, made_at, terms, cached.compress
        )
        self._store.put(renewed)
        return renewed

    def _mark_uncacheable(self, key: Key) -> None:
        if len(self._uncacheable) >= _MAX_UNCACHEABLE:
            self._uncacheable.clear()
        self._uncacheable[key] = self._clock.monotonic() + _UNCACHEABLE_SECONDS


def _without_age(headers: Sequence[Header]) -> list[Header]:
    return [header for header in headers if header[0] != b"age"]
