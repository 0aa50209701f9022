"""An address of a feed over HTTP: conditional requests, compression, limits of time and size."""

from collections.abc import Callable

import aiohttp

from mobilite.sources.adapters.bounded_inflate import BoundedInflate, DamagedStream, TooLarge
from mobilite.sources.adapters.operator_http import (
    HttpLimits,
    conditional_headers,
    redact_url,
    status_fault,
    translate_errors,
    validators,
)
from mobilite.sources.ports import Body, SourceFault
from socle.clock import Clock
from socle.http import trusting_origin

_CHUNK_BYTES = 64 * 1024
_LONGEST_PAUSE_SECONDS = 300.0


LIMITS = HttpLimits(connect=5.0, read=10.0, total=30.0, max_bytes=32 * 2**20)


class HttpSource:
    """Fetches one address, with conditional requests. Implements `Source`."""

    def __init__(
        self,
        url: str,
        *,
        session: aiohttp.ClientSession,
        clock: Clock,
        random: Callable[[], float],
        limits: HttpLimits = LIMITS,
        display_name: str | None = None,
        declared: str | None = None,
    ) -> None:
        """`random`: a number in [0, 1) at each call, to spread the pauses. `display_name`: replaces
        the address in public texts, for an internal address. `declared`: the address in feeds.toml
        through which this one was found, if it is another; internal addresses are allowed at its
        origin only.
        """
        self._url = url
        self._declared = declared or url
        self._display_name = redact_url(url) if display_name is None else display_name
        self._session = session
        self._clock = clock
        self._random = random
        self._limits = limits
        self._retry_after = 0.0

    @property
    def address(self) -> str:
        return self._display_name

    async def read(self, known: str | None) -> Body | None:
        self._retry_after = 0.0
        try:
            with translate_errors(), trusting_origin(self._declared):
                return await self._get(known)
        except SourceFault as fault:
            self._retry_after = fault.retry_after or 0.0
            raise

    async def pause(self, *, interval: float, failures: int) -> None:
        await self._clock.sleep(
            max(self._retry_after, back_off(interval, failures, self._random()))
        )

    async def _get(self, known: str | None) -> Body | None:
        limits = self._limits
        async with self._session.get(
            self._url,
            headers={"Accept-Encoding": "gzip", **conditional_headers(known)},
            max_redirects=limits.redirects,
            auto_decompress=False,
            timeout=limits.timeout,
        ) as response:
            if response.status == 304 and known is not None:
                return None
            if response.status != 200:
                raise status_fault(response)
            content = await self._content(response)
            return Body(content, validators(response))

    async def _content(self, response: aiohttp.ClientResponse) -> bytes:
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        limit = self._limits.max_bytes
        try:
            if encoding in ("gzip", "x-gzip", "deflate"):
                return await _read_inflated(response, limit)
            if encoding in ("", "identity"):
                return await _read_plain(response, limit)
        except TooLarge:
            raise SourceFault(
                "too_large", f"La réponse dépasse {limit // 2**20} Mio : elle n'est pas lue."
            ) from None
        except DamagedStream:
            raise SourceFault("truncated", "La réponse compressée est abîmée.") from None
        # The value is the operator's: it is displayed only if it looks like a name.
        name = f" : {encoding[:40]}" if encoding.replace("-", "").isalnum() else ""
        raise SourceFault("encoding", f"Compression inconnue{name}.")


def back_off(interval: float, failures: int, chance: float) -> float:
    """Seconds to wait: the interval, doubled with each failure in a row, at most five minutes
    unless the interval is longer.

    `interval`: seconds. `failures`: in a row. `chance`, in [0, 1), spreads the wait, so that
    sources that failed together are not read again together: by ±10 % after a success, between
    half of it and all of it after a failure.
    """
    if failures == 0:
        return interval * (0.9 + 0.2 * chance)
    longest = max(interval, min(_LONGEST_PAUSE_SECONDS, interval * 2.0 ** min(failures, 16)))
    return longest * (0.5 + 0.5 * chance)


async def _read_plain(response: aiohttp.ClientResponse, limit: int) -> bytes:
    if (response.content_length or 0) > limit:
        raise TooLarge
    pieces, size = [], 0
    async for piece in response.content.iter_chunked(_CHUNK_BYTES):
        size += len(piece)
        if size > limit:
            raise TooLarge
        pieces.append(piece)
    return b"".join(pieces)


async def _read_inflated(response: aiohttp.ClientResponse, limit: int) -> bytes:
    inflate = BoundedInflate(limit)
    async for piece in response.content.iter_chunked(_CHUNK_BYTES):
        inflate.feed(piece)
    return inflate.end()
