"""`GET /carte`: the vehicles of the region on a map, and in a list beside it."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Response

from portail.api.pages.carte.view import MODES, groups_of, rental_line, unseen, vehicle_count
from portail.api.pages.itineraires.form import address_to_rental
from portail.domain.stops import Route
from portail.flows.show_map import MapContent, show_map
from portail.ports import PublicApi
from socle.clock import Clock
from socle.http import Router
from socle.pages import BRIEFLY, Pages

Id = Annotated[str, Query(max_length=200)]


def map_router(api: PublicApi, pages: Pages, clock: Clock) -> Router:
    """The router of the page, and of its list, which a script updates."""
    router = Router(include_in_schema=False)

    @router.get("/carte")
    async def show(reseau: Id = "", mode: Id = "", ligne: Id = "") -> Response:
        content = await show_map(api, feed=reseau or None, route=ligne or None)
        return pages.answer(
            "carte/page.html",
            cache=BRIEFLY,
            maps=True,
            **_list(content, reseau, mode, ligne, clock),
            reseau=reseau,
            mode=mode if mode in MODES else "",
            ligne=ligne,
            modes=MODES,
            reseaux=() if content.networks is None else content.networks.feeds,
            lignes=_lines(content) if reseau else (),
            vehicules=_query(feed=reseau, route=ligne),
            liste=_query(reseau=reseau, mode=mode, ligne=ligne),
        )

    @router.get("/carte/liste")
    async def show_list(reseau: Id = "", mode: Id = "", ligne: Id = "") -> Response:
        content = await show_map(api, feed=reseau or None, route=ligne or None)
        return pages.answer(
            "carte/liste.html", cache=BRIEFLY, **_list(content, reseau, mode, ligne, clock)
        )

    return router


def _list(content: MapContent, feed: str, mode: str, route: str, clock: Clock) -> dict[str, Any]:
    """The values of the list."""
    now = clock.now()
    vehicles = content.of_modes(MODES.get(mode, ()))
    absent = content.networks_without(feed or None)
    return {
        "groupes": groups_of(vehicles, content.networks, now),
        "compte": vehicle_count(len(vehicles)),
        "tronque": content.vehicles is not None and content.vehicles.next is not None,
        "absents": [] if route else [unseen(each, now) for each in absent],
        "location": () if content.rental is None else content.rental.rental,
        "offre": rental_line,
        "vers_location": address_to_rental,
    }


def _lines(content: MapContent) -> tuple[Route, ...]:
    """The lines that have vehicles, each once."""
    vehicles = () if content.vehicles is None else content.vehicles.vehicles
    found = {each.route.id: each.route for each in vehicles if each.route is not None}
    return tuple(sorted(found.values(), key=lambda each: (len(each.name), each.name)))


def _query(**given: str) -> str:
    return urlencode({name: value for name, value in given.items() if value})
