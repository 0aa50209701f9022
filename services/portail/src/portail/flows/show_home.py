"""The home page: stops by name or around a point, nearby bicycles, disruptions, and the state of
each network's real time."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final, TypeVar

from portail.domain.alerts import Alert
from portail.domain.networks import NetworkList
from portail.domain.place import Place
from portail.domain.rental import RentalPage
from portail.domain.stops import StopPage
from portail.ports import PublicApi
from socle.errors import Refusal

T = TypeVar("T")
RESULTS: Final = 10
NEAR: Final = 800
"""Metres: ten minutes on foot."""
_ALERTS: Final = 4
_RENTAL: Final = 6


@dataclass(frozen=True, slots=True)
class Home:
    """The home page. A part is None if the API refuses it; the others are rendered.

    `alerts` are the worst of those that disrupt something now. `found` is also None without a
    search.
    """

    found: StopPage | None
    alerts: tuple[Alert, ...] | None
    networks: NetworkList | None
    rental: RentalPage | None = None


async def show_home(
    api: PublicApi, *, name: str | None, place: Place | None, cursor: str | None = None
) -> Home:
    """The page for a name, a place, or neither.

    Raises Refusal if the search itself fails.
    """
    found, alerts, networks, rental = await asyncio.gather(
        _search(api, name=name, place=place, cursor=cursor),
        none_if_refused(api.alerts(active="now", limit=_ALERTS)),
        none_if_refused(api.networks()),
        none_if_refused(_rental(api, place)),
    )
    disrupting = None if alerts is None else tuple(each for each in alerts.alerts if each.disrupts)
    return Home(found, disrupting, networks, rental)


async def none_if_refused(part: Awaitable[T]) -> T | None:
    """A part of a page, or None if the API refuses it: the other parts are still rendered."""
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
) -> StopPage | None:
    if name and not any(map(str.isalnum, name)):
        return StopPage()  # the API refuses a query without letters or digits
    if name:
        return await api.stops_named(name, limit=RESULTS, cursor=cursor)
    if place is not None:
        return await api.stops_near(place.rounded(), radius=NEAR, limit=RESULTS)
    return None
