"""The first page: stops by name or around a point, bicycles near by, what is disrupted, which
networks are heard."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final, TypeVar

from portail.domain.alerts import Alert
from portail.domain.networks import NetworkList
from portail.domain.place import Place
from portail.domain.rental import RentalPage
from portail.domain.stops import FoundStop, Route, StopPage
from portail.ports import PublicApi
from socle.errors import Refusal

T = TypeVar("T")
RESULTS: Final = 10
NEAR: Final = 800
"""Metres: ten minutes on foot."""
_ALERTS: Final = 4
_RENTAL: Final = 6


@dataclass(frozen=True, slots=True)
class Hit:
    """A stop found, and the lines that serve it; None where they could not be asked for."""

    stop: FoundStop
    routes: tuple[Route, ...] | None


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave; `next` is the cursor of the rest."""

    hits: tuple[Hit, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """The page. A part is None where it cannot be told for now: the others are shown.

    `found` is None also where nothing was asked.
    """

    found: Found | None
    alerts: tuple[Alert, ...] | None
    networks: NetworkList | None
    rental: RentalPage | None = None


async def show_home(
    api: PublicApi, *, name: str | None, place: Place | None, cursor: str | None = None
) -> Home:
    """The page for a name sought, a place, or neither.

    Raises Refusal where the search itself fails: that is what the traveller came for.
    """
    found, alerts, networks, rental = await asyncio.gather(
        _search(api, name=name, place=place, cursor=cursor),
        if_told(api.alerts(active="now", limit=_ALERTS)),
        if_told(api.networks()),
        if_told(_rental(api, place)),
    )
    return Home(found, None if alerts is None else alerts.alerts, networks, rental)


async def if_told(part: Awaitable[T]) -> T | None:
    """A part of a page, or None where the API refuses it: what stands beside it is shown."""
    try:
        return await part
    except Refusal:
        return None


async def _rental(api: PublicApi, place: Place | None) -> RentalPage:
    if place is None:
        return RentalPage()
    return await api.rental_near(place.rounded(), radius=NEAR, limit=_RENTAL)


async def _search(
    api: PublicApi, *, name: str | None, place: Place | None, cursor: str | None
) -> Found | None:
    if name:
        page = await api.stops_named(name, limit=RESULTS, cursor=cursor)
    elif place is not None:
        page = await api.stops_near(place.rounded(), radius=NEAR, limit=RESULTS)
    else:
        return None
    return Found(await _with_routes(api, page), page.next)


async def _with_routes(api: PublicApi, page: StopPage) -> tuple[Hit, ...]:
    """A list of stops names no line: each is asked for, all at once, and kept by who answers."""
    details = await asyncio.gather(*(if_told(api.stop(stop.id)) for stop in page.stops))
    return tuple(
        Hit(stop, None if detail is None else detail.routes)
        for stop, detail in zip(page.stops, details, strict=True)
    )
