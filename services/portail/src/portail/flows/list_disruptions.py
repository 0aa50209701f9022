"""The disruptions of the region, of a network, a line, a means of transport or a place."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from portail.domain.alerts import Alert
from portail.domain.disruptions import Mode, is_near, is_of_mode
from portail.domain.found_places import FoundPlace, is_name
from portail.domain.lines import MOST_LINES
from portail.domain.networks import NetworkList
from portail.domain.place import Place
from portail.domain.rental import RentalSystem
from portail.domain.stops import FoundStop, Route
from portail.domain.web_push import WebPush
from portail.flows.optional_parts import none_if_refused, offered_notifications
from portail.ports import PublicApi

_PER_REQUEST: Final = 100
_MOST_ALERTS: Final = 300
_MOST_STOPS: Final = 100
_CHOICES: Final = 5
_METRES: Final[Mapping[str, int]] = {"commune": 3000, "street": 800, "address": 800}
"""How far from a place its stops are, by its type; 250 for a stop."""


@dataclass(frozen=True, slots=True)
class DisruptionFilter:
    """What a reader chose; None: any."""

    feed: str | None = None
    route: str | None = None
    mode: Mode | None = None
    place: str | None = None
    """A name, or the id of a place."""


@dataclass(frozen=True, slots=True)
class Disruptions:
    """The disruptions that a reader chose."""

    alerts: tuple[Alert, ...]
    """In force and coming, most severe first."""
    complete: bool
    """Whether there are no more than these."""
    routes: Mapping[str, Route]
    """The lines of their networks, by id."""
    networks: NetworkList | None
    """None if the API does not give them."""
    notifications: WebPush | None
    """None if none are offered."""
    place: FoundPlace | None = None
    """The place that was chosen, if it was found."""
    places: tuple[FoundPlace, ...] = ()
    """Other places of that name."""
    rental_systems: tuple[RentalSystem, ...] = ()
    """Those whose state is not known at the moment."""


async def list_disruptions(
    api: PublicApi, chosen: DisruptionFilter, *, language: str
) -> Disruptions:
    """The disruptions. `language`: of the texts that exist in it. Raises Refusal as the API."""
    (alerts, complete), networks, offered, found, rental = await asyncio.gather(
        _all_alerts(api, chosen, language),
        none_if_refused(api.networks()),
        offered_notifications(api),
        _find_places(api, chosen.place),
        none_if_refused(api.rental_systems()),
    )
    feeds = {each.feed for each in alerts} | ({chosen.feed} if chosen.feed else set())
    routes = await _routes_of(api, sorted(feeds))
    place = found[0] if found else None
    if place is not None:
        stops = await _stops_near(api, place)
        alerts = [each for each in alerts if is_near(each, stops)]
    elif chosen.place:
        alerts = []
    if chosen.mode is not None:
        alerts = [each for each in alerts if is_of_mode(each, chosen.mode, routes)]
    return Disruptions(
        tuple(alerts),
        complete,
        routes,
        networks,
        offered,
        place,
        found[1:],
        _unknown_systems(rental or (), chosen),
    )


async def _all_alerts(
    api: PublicApi, chosen: DisruptionFilter, language: str
) -> tuple[list[Alert], bool]:
    """The alerts of a network or line, `_MOST_ALERTS` at most, and whether these are all."""
    alerts, cursor = list[Alert](), None
    while len(alerts) < _MOST_ALERTS:
        page = await api.alerts(
            active="all",
            language=language,
            feed=chosen.feed,
            route=chosen.route,
            limit=_PER_REQUEST,
            cursor=cursor,
        )
        alerts += page.alerts
        cursor = page.next
        if cursor is None:
            return alerts, True
    return alerts, False


async def _find_places(api: PublicApi, text: str | None) -> tuple[FoundPlace, ...]:
    """The places of a name, best first; one whose id it is stands first."""
    if text is None or not is_name(text):
        return ()
    found = await none_if_refused(api.places_named(text, limit=_CHOICES))
    places = () if found is None else found.places
    return tuple(sorted(places, key=lambda each: each.id != text))


async def _stops_near(api: PublicApi, place: FoundPlace) -> tuple[FoundStop, ...]:
    if place.lat is None or place.lon is None:
        return ()
    page = await none_if_refused(
        api.stops_near(
            Place(place.lat, place.lon), radius=_METRES.get(place.type, 250), limit=_MOST_STOPS
        )
    )
    return () if page is None else page.stops


async def _routes_of(api: PublicApi, feeds: list[str]) -> dict[str, Route]:
    requests = (none_if_refused(api.lines(limit=MOST_LINES, feed=feed)) for feed in feeds)
    pages = await asyncio.gather(*requests)
    return {route.id: route for page in pages if page is not None for route in page.routes}


def _unknown_systems(
    systems: tuple[RentalSystem, ...], chosen: DisruptionFilter
) -> tuple[RentalSystem, ...]:
    """The rental systems whose state is not known, if they are among what the reader chose."""
    if chosen.route or chosen.place or chosen.mode not in (None, "velo"):
        return ()
    return tuple(
        each for each in systems if each.state != "fresh" and chosen.feed in (None, each.feed)
    )
