"""The home page: stops by name, or around a point with what leaves there, nearby bicycles,
disruptions, and the state of each network's real time."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from portail.domain.alerts import Alert, AlertPage
from portail.domain.board import Board
from portail.domain.found_places import FoundPlace, PlaceList, is_name
from portail.domain.networks import NetworkList
from portail.domain.place import Place
from portail.domain.rental import RentalPage
from portail.domain.stops import StopPage
from portail.flows.optional_parts import none_if_refused
from portail.ports import PublicApi

RESULTS: Final = 10
"""Number of stops on a page."""
NEAR_METRES: Final = 800
"""Ten minutes on foot."""
BOARDS: Final = 4
"""Number of the nearest stops whose next departures are on the page."""
BOARD_DEPARTURES: Final = 3
"""Number of departures of each."""
READ_DEPARTURES: Final = BOARD_DEPARTURES * 4
"""Number of departures from which they are chosen."""
_MAX_PLACES: Final = 6
"""Number of places above the stops."""
_MAX_ALERTS: Final = 4
"""Number of alerts on the page."""
_MAX_RENTAL: Final = 6
"""Number of rental places on the page."""


@dataclass(frozen=True, slots=True)
class Home:
    """The contents of the home page. A part is None if the API refuses it."""

    found: StopPage | None
    """The stops found; None without a search."""
    alerts: tuple[Alert, ...] | None
    """The worst disruptions now; none on a page of results."""
    networks: NetworkList | None
    rental: RentalPage | None = None
    """Empty without a place."""
    places: tuple[FoundPlace, ...] = ()
    """The places to show above the stops found: hubs, communes and addresses, and whatever
    resembles a misspelt name."""
    boards: Mapping[str, Board] = field(default_factory=dict)
    """The next departures of the nearest stops, by stop; none of one that the API refuses."""

    @property
    def searched(self) -> bool:
        """Whether it is a page of results, which shows nothing else."""
        return self.found is not None


async def show_home(
    api: PublicApi,
    *,
    language: str,
    name: str | None,
    place: Place | None,
    cursor: str | None = None,
) -> Home:
    """Load the contents of the home page, in parallel.

    `language`: of the texts of alerts that exist in it.
    `name`: searched in the names of stops. `place`: otherwise, the point to search around.
    `cursor`: of the page of results. Raises Refusal if the search fails.
    """
    found, places, alerts, networks, rental = await asyncio.gather(
        _search(api, name=name, place=place, cursor=cursor),
        none_if_refused(_places(api, name=name, first=cursor is None)),
        none_if_refused(_alerts(api, language, wanted=name is None and place is None)),
        none_if_refused(api.networks()),
        none_if_refused(_rental(api, place)),
    )
    boards = {} if place is None else await _boards(api, found, language)
    disrupting = None if alerts is None else tuple(each for each in alerts.alerts if each.disrupts)
    return Home(found, disrupting, networks, rental, _beyond(found, places), boards)


async def _boards(api: PublicApi, found: StopPage | None, language: str) -> Mapping[str, Board]:
    stops = [] if found is None else [each.id for each in found.stops if each.routes != ()]
    nearest = stops[:BOARDS]
    boards = await asyncio.gather(
        *(
            none_if_refused(api.board(each, language=language, limit=READ_DEPARTURES))
            for each in nearest
        )
    )
    return {
        stop_id: board for stop_id, board in zip(nearest, boards, strict=True) if board is not None
    }


async def _places(api: PublicApi, *, name: str | None, first: bool) -> PlaceList:
    if not name or not first or not is_name(name):
        return PlaceList()
    return await api.places_named(name, limit=_MAX_PLACES)


def _beyond(found: StopPage | None, places: PlaceList | None) -> tuple[FoundPlace, ...]:
    """The places that the list of stops does not have. One that only resembles the name is left out
    if stops have the name itself."""
    if found is None or places is None:
        return ()
    listed = {stop.id for stop in found.stops}
    return tuple(
        place
        for place in places.places
        if place.id not in listed and (not listed or place.type in ("hub", "commune", "address"))
    )


async def _alerts(api: PublicApi, language: str, *, wanted: bool) -> AlertPage:
    if not wanted:
        return AlertPage()
    return await api.alerts(active="now", language=language, limit=_MAX_ALERTS)


async def _rental(api: PublicApi, place: Place | None) -> RentalPage:
    if place is None:
        return RentalPage()
    return await api.rental_near(place.rounded(), radius=NEAR_METRES, limit=_MAX_RENTAL)


async def _search(
    api: PublicApi, *, name: str | None, place: Place | None, cursor: str | None
) -> StopPage | None:
    if name and not is_name(name):
        return StopPage()
    if name:
        return await api.stops_named(name, limit=RESULTS, cursor=cursor)
    if place is not None:
        return await api.stops_near(place.rounded(), radius=NEAR_METRES, limit=RESULTS)
    return None
