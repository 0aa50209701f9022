"""`GET /mobilite/v1/places` and `/places/{place_id}`: hubs, stops, communes and addresses."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Path, Query, Request, Response

from mobilite.http.api.languages import Languages, text_language
from mobilite.http.api.parameters import LONGEST_NAME, BoundedNumber
from mobilite.http.api.responses import PRIVATE, schedule_response
from mobilite.machine.flows.search_limiter import SearchLimiter
from mobilite.places.api.models import PlaceJson, PlaceListJson
from mobilite.places.api.rendering import is_private, place_json, place_list_json
from mobilite.places.flows.find_places import FoundPlaces, find_places
from mobilite.places.flows.resolve_place import get_place, is_point
from mobilite.places.ports import PlacesSource
from socle.http import Router

PlaceName = Annotated[
    str,
    Query(
        description="Nom, début de nom, adresse, commune ou code postal ; accents, casse, "
        "apostrophes et fautes de frappe sont pardonnés",
        max_length=LONGEST_NAME,
        openapi_examples={"faute": {"value": "gare dorlean"}},
    ),
]
PlaceId = Annotated[
    str,
    Path(description="Identifiant d’un lieu", examples=["hub:tao:gare-d-orleans"]),
]
NearPlace = Annotated[
    str | None,
    Query(
        description="Autour de quoi l’on cherche, comme from d’un itinéraire : de noms qui "
        "conviennent autant, les plus proches passent d’abord. Un lieu inconnu ne change rien",
        max_length=LONGEST_NAME,
        openapi_examples={"gare": {"value": "hub:sncf:87543009"}},
    ),
]
PlacesLimit = Annotated[int, BoundedNumber(1, 50), Query(description="Nombre de lieux")]


def places_router(source: PlacesSource) -> Router:
    """The router of the endpoints of places."""
    # Addresses are searched one after the other: those who wait must not hold a thread.
    router, limiter = Router(tags=["places"]), SearchLimiter()

    @router.get(
        "/places",
        operation_id="list_places",
        response_model=PlaceListJson,
        summary="Chercher des lieux",
    )
    async def list_places(
        request: Request,
        q: PlaceName,
        languages: Languages,
        limit: PlacesLimit = 10,
        near: NearPlace = None,
    ) -> Response:
        """Pôles, gares, arrêts, communes, voies et adresses, à mesure que l'on tape. Les gares
        d'abord, puis ce qui est le plus desservi, puis les voies ; une adresse d'abord, si un
        numéro est donné. Une commune mène à ses gares principales."""
        found = await limiter.run(lambda: find_places(source, q, limit=limit, near=near))
        content = place_list_json(found, text_language(languages))
        private = _privacy(found, near)
        return schedule_response(request, content, {"vary": "accept-language", **private})

    @router.get(
        "/places/{place_id:path}",
        operation_id="get_place",
        response_model=PlaceJson,
        summary="Un lieu",
    )
    async def show_place(request: Request, place_id: PlaceId) -> Response:
        """Un pôle avec ses arrêts, une commune avec ses gares principales, un arrêt, une voie, une
        adresse."""
        place = await limiter.run(lambda: get_place(source, place_id))
        return schedule_response(request, place_json(place), PRIVATE if is_private(place) else {})

    return router


def _privacy(found: FoundPlaces, near: str | None) -> Mapping[str, str]:
    """The headers of an answer that no shared cache stores: the address that somebody types can be
    their home, and a point their position."""
    around = near is not None and is_point(near)
    return PRIVATE if around or any(map(is_private, found.places)) else {}
