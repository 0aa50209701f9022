"""`GET /`: the home page; `?q=` searches stops by name, `?lat=&lon=` around a point."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Query, Response

from portail.api import words
from portail.api.pages.accueil.found_stops import stop_values
from portail.api.pages.accueil.place_lines import place_line
from portail.api.parameters import Cursor, Name
from portail.api.texts import texts_of
from portail.domain.found_places import is_private
from portail.domain.networks import Liveness, Network, NetworkList
from portail.domain.place import Place, is_point
from portail.domain.stops import StopPage
from portail.flows.show_home import Home, show_home
from portail.ports import PublicApi
from socle.clock import Clock
from socle.errors import Refusal
from socle.http import Router
from socle.pages import BRIEFLY, NOT_CACHED, Pages, page_request, typeset

Latitude = Annotated[float | None, Query(ge=-90, le=90)]
Longitude = Annotated[float | None, Query(ge=-180, le=180)]


def home_router(api: PublicApi, pages: Pages, clock: Clock, zone: ZoneInfo) -> Router:
    """The router of the home page. `zone`: of the times on it."""
    router = Router(include_in_schema=False)

    @router.get("/")
    async def home(
        q: Name = "", lat: Latitude = None, lon: Longitude = None, suite: Cursor = None
    ) -> Response:
        name, place = q.strip(), _place(lat, lon)
        home = await show_home(
            api,
            language=page_request().language,
            name=name or None,
            place=place,
            cursor=suite,
        )
        now, networks = clock.now().astimezone(zone), home.networks
        names = {} if networks is None else {each.id: each.called for each in networks.feeds}
        return pages.answer(
            "accueil/page.html",
            # A page with a position or an address must not be cached for others.
            cache=NOT_CACHED if _is_private(name, place, home) else BRIEFLY,
            home=home,
            titre_lieux=_places_title(home),
            lieux=[place_line(place, names) for place in home.places],
            nom=name,
            titre=_title(name, place),
            compte=_count(home),
            suite=_next_page_address(name, home.found),
            reseaux=_networks(networks, now),
            etat_reseaux=_state_of_networks(networks),
            trajet=texts_of("itineraires"),
            **stop_values(home, now, name),
        )

    return router


def _is_private(name: str, place: Place | None, home: Home) -> bool:
    addresses = any(is_private(found.id) for found in home.places)
    return place is not None or is_point(name) or addresses


def _places_title(home: Home) -> str:
    texts = texts_of("accueil")
    if all(found.is_address for found in home.places):
        return texts["lieux_adresses"]
    return texts["lieux" if home.found and home.found.stops else "lieux_proches"]


@dataclass(frozen=True, slots=True)
class NetworkLine:
    """A network in the list, as displayed."""

    name: str
    liveness: Liveness
    sentence: str
    """The state of its real time, in the language of the request."""


def _place(lat: float | None, lon: float | None) -> Place | None:
    if lat is None and lon is None:
        return None
    if lat is None or lon is None:
        raise Refusal("invalid", "Une position demande une latitude (lat) et une longitude (lon).")
    return Place(lat, lon)


def _title(name: str, place: Place | None) -> str:
    texts = texts_of("accueil")
    if name:
        return texts["titre_recherche"].format(nom=name)
    return texts["titre"] if place is None else texts["titre_autour"]


def _count(home: Home) -> str | None:
    """The number of stops; None if there are only places."""
    texts, found = texts_of("accueil"), home.found
    number = 0 if found is None else len(found.stops)
    if found is not None and found.next is not None:
        return texts["resultats_plus"].format(n=number)
    if number == 0:
        return None if home.places else texts["resultats_zero"]
    return texts["resultats_un"] if number == 1 else texts["resultats"].format(n=number)


def _next_page_address(name: str, found: StopPage | None) -> str | None:
    """The address of the next page of stops; None on the last one, and for those around a place."""
    if not name or found is None or found.next is None:
        return None
    return "/?" + urlencode({"q": name, "suite": found.next})


def _networks(networks: NetworkList | None, now: datetime) -> list[NetworkLine]:
    return [] if networks is None else [_network(each, now) for each in networks.feeds]


def _state_of_networks(networks: NetworkList | None) -> str:
    """The networks in short: how many have real time, and which have lost it."""
    texts, feeds = texts_of("accueil"), () if networks is None else networks.feeds
    lost = [each.called for each in feeds if each.liveness()[0] in ("interrupted", "partly")]
    if lost:
        return texts["reseaux_interrompus"].format(noms=", ".join(map(typeset, lost)))
    live = sum(each.liveness()[0] == "live" for each in feeds)
    return texts["reseaux_etat"].format(n=live, total=len(feeds))


def _network(network: Network, now: datetime) -> NetworkLine:
    texts, (liveness, since) = texts_of("accueil"), network.liveness()
    if liveness in ("interrupted", "partly") and since is None:
        sentence = texts[f"reseau_{liveness}_inconnu"]
    else:
        instant = "" if since is None else _since(since.astimezone(now.tzinfo), now)
        sentence = texts[f"reseau_{liveness}"].format(heure=instant)
    return NetworkLine(network.called, liveness, sentence)


def _since(instant: datetime, now: datetime) -> str:
    """« 14:05 », with the day if it is not today's."""
    if now - instant < timedelta(hours=18) and instant.date() == now.date():
        return words.clock(instant)
    return words.moment(instant)
