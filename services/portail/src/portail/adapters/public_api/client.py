"""A client of the public API: requests, cached or not, and streams, whose JSON becomes dataclasses.

Unknown members are ignored, and members with a default can be missing, so that the portal and the
API can be deployed in any order.
"""

import logging
from collections.abc import AsyncGenerator, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

import aiohttp
from pydantic import TypeAdapter, ValidationError
from yarl import URL

from portail.adapters.event_lines import EventLines
from portail.adapters.response_cache import CacheResult, Fetched, ResponseCache
from socle.clock import Clock
from socle.errors import CATEGORIES, Refusal

log = logging.getLogger("portail.api")

T = TypeVar("T")
_PREFIX: Final = "/mobilite/v1"
_STREAM_TIMEOUT: Final = 45.0
"""Seconds without a byte after which a stream is abandoned: the API sends a heartbeat every 15."""
_PROBLEM: Final = "urn:regionlab:problem:"
"""The beginning of the API's problem types, before the category."""


class ApiClient:
    """Reads addresses under /mobilite/v1.

    `session`: for requests. `streams`: for streams, which keep their connections open and must not
    block requests. `base`: the platform's address, without a path. `key`: the API key whose account
    these requests are counted to.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        streams: aiohttp.ClientSession,
        *,
        base: str,
        clock: Clock,
        key: str | None = None,
    ) -> None:
        self._session, self.streams = session, streams
        self._headers = {"x-api-key": key} if key else {}
        self._base = base.rstrip("/") + _PREFIX
        self._cache = ResponseCache(clock)

    async def stream(
        self, type_: TypeAdapter[T], method: str, address: str
    ) -> AsyncGenerator[T, None]:
        """The values that a stream sends, until the API ends it."""
        limits = aiohttp.ClientTimeout(total=None, sock_connect=3.0, sock_read=_STREAM_TIMEOUT)
        events = EventLines()
        try:
            request = self.streams.request(
                method,
                self._url(address),
                timeout=limits,
                headers=self._headers,
                allow_redirects=False,
            )
            async with request as answer:
                if answer.status != HTTPStatus.OK:
                    raise await _refusal(answer)
                async for piece in answer.content.iter_any():
                    for data in events.feed(piece):
                        yield _parsed(type_, data)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _unavailable(_without_address(error)) from None

    async def cached(self, type_: TypeAdapter[T], path: str, **query: Any) -> CacheResult[T]:
        """The response to a GET, cached for as long as its headers allow."""
        address = api_address(path, query)
        return await self._cache.get(address, partial(self.fetch, type_, address))

    async def fetch(self, type_: TypeAdapter[T], address: str) -> Fetched[T]:
        """The response to a GET, which is not stored."""
        try:
            request = self._session.get(
                self._url(address), headers=self._headers, allow_redirects=False
            )
            async with request as answer:
                if answer.status != HTTPStatus.OK:
                    raise await _refusal(answer)
                body = await answer.read()
                return Fetched(_parsed(type_, body), _max_age(answer))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _unavailable(_without_address(error)) from None

    def _url(self, address: str) -> URL:
        return URL(self._base + address, encoded=True)


def api_address(path: str, query: Mapping[str, Any]) -> str:
    """A path with the members of the query that are not None."""
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def _parsed(type_: TypeAdapter[T], body: bytes) -> T:
    try:
        return type_.validate_json(body)
    except ValidationError as error:
        # Without what was received: it can be where somebody goes.
        wrong = [(each["loc"], each["type"]) for each in error.errors(include_input=False)]
        raise _unavailable(wrong) from None


async def _refusal(answer: aiohttp.ClientResponse) -> Refusal:
    """The Refusal of an error response: with the API's category and sentence, if it has them."""
    try:
        result = await answer.json(content_type=None)
        category, sentence = str(result["type"]).removeprefix(_PROBLEM), str(result["detail"])
    except (ValueError, TypeError, KeyError):
        category, sentence = "", ""
    for known in CATEGORIES:
        if category == known and known != "unavailable":
            return Refusal(known, sentence)
    return _unavailable(answer.status)


def _without_address(error: Exception) -> object:
    """The failure of a request, for the log: its address can be where somebody goes."""
    if isinstance(error, aiohttp.ClientResponseError):
        return f"{type(error).__name__}: {error.message}"
    return error


def _unavailable(reason: object) -> Refusal:
    log.warning("The API gives no usable answer: %.300r", reason)
    sentence = "Le service d'information voyageurs ne répond pas pour le moment."
    return Refusal("unavailable", sentence, retry_after=10)


def _max_age(answer: aiohttp.ClientResponse) -> float | None:
    """The max-age of its Cache-Control, minus its Age; 0 without one, None with no-store."""
    age = answer.headers.get("age", "")
    for directive in answer.headers.get("cache-control", "").split(","):
        if directive.strip() == "no-store":
            return None
        name, _, value = directive.strip().partition("=")
        if name == "max-age" and value.isdecimal():
            return max(0.0, float(value) - (float(age) if age.isdecimal() else 0.0))
    return 0.0
