"""`GET /perturbations`: current and coming disruptions, of all networks, or of a network, a line, a
means of transport or a place."""

from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Query, Response

from portail.api.pages.perturbations.view import EVERY_MOMENT, sections_of
from portail.api.parameters import Name
from portail.api.rendering import ALERT_READ
from portail.api.texts import texts_of
from portail.domain.disruptions import MODES, Mode, Moment
from portail.domain.found_places import is_private
from portail.domain.place import is_point
from portail.domain.stops import Route
from portail.flows.list_disruptions import DisruptionFilter, Disruptions, list_disruptions
from portail.ports import PublicApi
from socle.clock import Clock
from socle.http import Router
from socle.pages import FOR_A_MINUTE, NOT_CACHED, Pages, page_request

When = Literal["all", "now", "today", "upcoming"]
Id = Annotated[str, Query(max_length=300)]
_BY_CHOICE: Final[dict[When, tuple[Moment, ...]]] = {
    "all": EVERY_MOMENT,
    "now": ("now",),
    "today": ("now", "today"),
    "upcoming": ("today", "soon"),
}


def disruptions_router(api: PublicApi, pages: Pages, clock: Clock, zone: ZoneInfo) -> Router:
    """The router of the page. `zone`: of the times on it."""
    router = Router(include_in_schema=False)

    @router.get("/perturbations")
    async def disruptions(
        quand: When = "all",
        reseau: Id = "",
        ligne: Id = "",
        mode: Literal[Mode, ""] = "",
        lieu: Name = "",
        annonce: Id = "",
        fauteuil: Literal["", "oui"] = "",
    ) -> Response:
        place = lieu.strip()
        chosen = DisruptionFilter(reseau or None, ligne or None, mode or None, place or None)
        found = await list_disruptions(api, chosen, language=page_request().language)
        query = {"quand": quand, "reseau": reseau, "ligne": ligne, "mode": mode, "lieu": place}
        return pages.answer(
            "perturbations/page.html",
            cache=NOT_CACHED if _is_private(place, found) else FOR_A_MINUTE,
            headers=ALERT_READ,
            titre=texts_of("perturbations")["titre_a_venir" if quand == "upcoming" else "titre"],
            sections=sections_of(
                found,
                _BY_CHOICE[quand],
                clock.now().astimezone(zone),
                opened=annonce,
                by_wheelchair=bool(fauteuil),
                chosen=bool(reseau or ligne),
            ),
            trouve=found,
            **_choices(found, query),
        )

    return router


def _choices(found: Disruptions, query: dict[str, str]) -> dict[str, Any]:
    """The values of the form and the links, by their names in the template."""
    feed, route = query["reseau"], query["ligne"]
    return {
        "choix": {**query, "lieu": found.place.name if found.place else query["lieu"]},
        "filtre": bool(feed or route or query["mode"]) or query["quand"] != "all",
        "modes": MODES,
        "reseaux": () if found.networks is None else found.networks.feeds,
        "lignes": _lines(found, feed or route.partition(":")[0], route),
        "ailleurs": [(each, address({**query, "lieu": each.id})) for each in found.places],
        "inconnu": bool(query["lieu"]) and found.place is None,
        "flux": address({"reseau": feed, "ligne": route}, "/perturbations.atom"),
        "notifications": found.notifications,
    }


def _lines(found: Disruptions, feed: str, chosen: str) -> list[Route]:
    """The lines of the chosen network that alerts name, and the chosen line."""
    named = {
        each.route.id for alert in found.alerts for each in alert.informed if each.route is not None
    } | {chosen}
    return [
        route
        for route in found.routes.values()
        if feed and route.id in named and route.id.startswith(f"{feed}:")
    ]


def _is_private(place: str, found: Disruptions) -> bool:
    """Whether the place can be a home or a position, so that no cache may store the page. One
    that is not found can be an address."""
    if place and found.place is None:
        return True
    places = (*found.places, found.place) if found.place else found.places
    return is_point(place) or any(is_private(each.id) for each in places)


def address(query: dict[str, str], path: str = "/perturbations") -> str:
    """An address with the parameters that have a value."""
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path
