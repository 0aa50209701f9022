"""`GET /autour?lat=&lon=`: what leaves around a point, as an HTML fragment of the home page."""

from collections.abc import Sequence
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Query
from fastapi.responses import HTMLResponse

from portail.api.pages.accueil.found_stops import stop_values
from portail.domain.place import Place
from portail.domain.stops import FoundStop
from portail.flows.show_home import BOARDS, Home, show_home
from portail.ports import PublicApi
from socle.clock import Clock
from socle.http import Router
from socle.pages import NOT_CACHED, Pages, page_request

_MAX_RENTAL: Final = 3
"""Number of rental places."""


def nearby_router(api: PublicApi, pages: Pages, clock: Clock) -> Router:
    """The router of the fragment, which no cache stores: its address is a position."""
    router = Router(include_in_schema=False)

    @router.get("/autour")
    async def show_nearby(
        lat: Annotated[float, Query(ge=-90, le=90)],
        lon: Annotated[float, Query(ge=-180, le=180)],
    ) -> HTMLResponse:
        place = Place(lat, lon).rounded()
        home = await show_home(api, language=page_request().language, name=None, place=place)
        html = pages.html(
            "accueil/autour.html",
            arrets=_nearest(home),
            locations=() if home.rental is None else home.rental.rental[:_MAX_RENTAL],
            tout="/?" + urlencode({"lat": place.lat, "lon": place.lon}),
            **stop_values(home, clock.now()),
        )
        return HTMLResponse(html, headers={"cache-control": NOT_CACHED})

    return router


def _nearest(home: Home) -> Sequence[FoundStop]:
    """The nearest stops; those without a departure only if none of them has one."""
    stops = () if home.found is None else home.found.stops[:BOARDS]
    served = [
        each for each in stops if each.id not in home.boards or home.boards[each.id].departures
    ]
    return served or stops
