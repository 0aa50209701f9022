"""The public API over HTTP. Only this module contains its paths and parses its JSON.

JSON becomes the dataclasses of the domain: unknown members are ignored, and members with a default
can be missing, so that the portal and the API can be deployed in any order.
"""

import logging
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

import aiohttp
from pydantic import TypeAdapter, ValidationError
from yarl import URL

from portail.adapters.event_lines import EventLines
from portail.adapters.response_cache import CacheResult, Fetched, ResponseCache
from portail.domain.alerts import AlertPage
from portail.domain.board import Board
from portail.domain.found_places import PlaceList
from portail.domain.journeys import FollowedJourney, JourneyPage, JourneyWishes
from portail.domain.networks import NetworkList
from portail.domain.place import Place
from portail.domain.rental import RentalPage
from portail.domain.stops import StopPage
from portail.domain.web_push import WebPush
from socle.clock import Clock
from socle.errors import CATEGORIES, Refusal

log = logging.getLogger("portail.api")

T = TypeVar("T")
_PREFIX: Final = "/mobilite/v1"
_STREAM_TIMEOUT: Final = 45.0
"""Seconds without a byte after which a stream is abandoned: the API sends a heartbeat every 15."""
_PROBLEM: Final = "urn:regionlab:problem:"
"""The beginning of the API's problem types, before the category."""

_STOPS: Final = TypeAdapter(StopPage)
_PLACES: Final = TypeAdapter(PlaceList)
_BOARD: Final = TypeAdapter(Board)
_ALERTS: Final = TypeAdapter(AlertPage)
_JOURNEYS: Final = TypeAdapter(JourneyPage)
_JOURNEY: Final = TypeAdapter(FollowedJourney)
_RENTAL: Final = TypeAdapter(RentalPage)
_NETWORKS: Final = TypeAdapter(NetworkList)
_WEB_PUSH: Final = TypeAdapter(WebPush)


class HttpPublicApi:
    """Implements `PublicApi` over HTTP.

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
        self._session, self._streams = session, streams
        self._headers = {"x-api-key": key} if key else {}
        self._base = base.rstrip("/") + _PREFIX
        self._cache = ResponseCache(clock)

    async def stops_named(self, name: str, *, limit: int, cursor: str | None = None) -> StopPage:
        return (await self._cached(_STOPS, "/stops", q=name, limit=limit, cursor=cursor)).value

    async def places_named(self, name: str, *, limit: int) -> PlaceList:
        return (await self._cached(_PLACES, "/places", q=name, limit=limit)).value

    async def stops_near(self, place: Place, *, radius: int, limit: int) -> StopPage:
        query = {"lat": place.lat, "lon": place.lon, "radius": radius, "limit": limit}
        # Not cached, so that people's positions are not stored.
        return (await self._fetch(_STOPS, _address("/stops", query))).value

    async def board(
        self, stop_id: str, *, language: str, limit: int, cursor: str | None = None
    ) -> Board:
        path = f"/stops/{quote(stop_id, safe='')}/departures"
        result = await self._cached(_BOARD, path, lang=language, limit=limit, cursor=cursor)
        return replace(result.value, late=True) if result.late else result.value

    def watch_board(
        self, stop_id: str, *, language: str, limit: int
    ) -> AsyncGenerator[Board, None]:
        path = f"/stops/{quote(stop_id, safe='')}/departures/stream"
        return self._stream(_BOARD, "GET", _address(path, {"lang": language, "limit": limit}))

    async def alerts(
        self,
        *,
        active: str,
        language: str,
        limit: int,
        feed: str | None = None,
        route: str | None = None,
        cursor: str | None = None,
    ) -> AlertPage:
        filters = {"active": active, "feed": feed, "route": route, "lang": language}
        result = await self._cached(_ALERTS, "/alerts", **filters, limit=limit, cursor=cursor)
        return result.value

    async def journeys(
        self,
        origin: str,
        destination: str,
        *,
        at: datetime | None,
        arrive_by: bool,
        wishes: JourneyWishes,
        language: str,
        cursor: str | None = None,
    ) -> JourneyPage:
        query = {
            "from": origin,
            "to": destination,
            "at": None if at is None else at.isoformat(),
            "arrive_by": "true" if arrive_by else None,
            "modes": None if wishes.vehicle is None else f"transit,{wishes.vehicle}",
            "bikes": "true" if wishes.bicycle_aboard else None,
            "walk_speed": wishes.walk_speed,
            "max_walk": wishes.max_walk,
            "wheelchair": "true" if wishes.wheelchair else None,
            "lang": language,
            "cursor": cursor,
        }
        # Not cached, so that people's journeys are not stored.
        return (await self._fetch(_JOURNEYS, _address("/journeys", query))).value

    async def journey(self, journey_id: str, *, language: str) -> FollowedJourney:
        path = f"/journeys/{quote(journey_id, safe='')}"
        return (await self._fetch(_JOURNEY, _address(path, {"lang": language}))).value

    def watch_journey(
        self, journey_id: str, *, language: str
    ) -> AsyncGenerator[FollowedJourney, None]:
        path = f"/journeys/{quote(journey_id, safe='')}/watch"
        return self._stream(_JOURNEY, "POST", _address(path, {"lang": language}))

    async def web_push(self) -> WebPush:
        return (await self._cached(_WEB_PUSH, "/web-push")).value

    async def rental_near(self, place: Place, *, radius: int, limit: int) -> RentalPage:
        query = {"lat": place.lat, "lon": place.lon, "radius": radius, "limit": limit}
        return (await self._fetch(_RENTAL, _address("/rental", query))).value

    async def networks(self) -> NetworkList:
        return (await self._cached(_NETWORKS, "/feeds")).value

    async def _stream(
        self, type_: TypeAdapter[T], method: str, address: str
    ) -> AsyncGenerator[T, None]:
        limits = aiohttp.ClientTimeout(total=None, sock_connect=3.0, sock_read=_STREAM_TIMEOUT)
        events = EventLines()
        try:
            request = self._streams.request(
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

    async def _cached(self, type_: TypeAdapter[T], path: str, **query: Any) -> CacheResult[T]:
        address = _address(path, query)
        return await self._cache.get(address, partial(self._fetch, type_, address))

    async def _fetch(self, type_: TypeAdapter[T], address: str) -> Fetched[T]:
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


def _address(path: str, query: Mapping[str, Any]) -> str:
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
        if name == "max-age" and value.isdigit():
            return max(0.0, float(value) - (float(age) if age.isdigit() else 0.0))
    return 0.0
