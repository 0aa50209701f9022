"""`GET /mobilite/v1/rental`, `/rental.geojson`, `/rental/systems`: rental stations, vehicles,
systems.

https://www.rfc-editor.org/rfc/rfc7946
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import Depends, Query, Request, Response

from mobilite.gtfs.domain.enumerations import FormFactor
from mobilite.http.api.parameters import (
    DEFAULT_RADIUS,
    BoundedNumber,
    BoundingBox,
    Cursor,
    Latitude,
    Longitude,
    MapLimit,
    Radius,
    parse_point,
)
from mobilite.http.api.responses import (
    GEOJSON_TYPE,
    PRIVATE,
    GeoJsonResponse,
    entity_tag,
    live_response,
)
from mobilite.http.api.times import utc
from mobilite.rental.api.models import RentalGeoJson, RentalListJson, RentalSystemListJson
from mobilite.rental.api.rendering import ItemRenderer, brief_json, without_changing_fields
from mobilite.rental.api.rendering_systems import system_json, without_ages
from mobilite.rental.api.rental_texts import NO_SYSTEM, nothing_found
from mobilite.rental.flows.list_rental import (
    ItemType,
    RentalPage,
    RentalQuery,
    list_rental,
    list_systems,
)
from mobilite.rental.flows.live_rentals import LiveRentals
from socle.clock import Clock
from socle.errors import Refusal
from socle.http import Router

RentalLimit = Annotated[
    int, BoundedNumber(1, 500), Query(description="Nombre de stations et de véhicules")
]


async def _filters(
    lat: Latitude = None,
    lon: Longitude = None,
    radius: Radius = None,
    bbox: BoundingBox = None,
    feed: Annotated[str | None, Query(description="Un réseau seul")] = None,
    station: Annotated[
        str | None,
        Query(description="Les véhicules connus un à un qui se trouvent à cette station"),
    ] = None,
    kind: Annotated[ItemType | None, Query(description="Stations ou véhicules seuls")] = None,
    form_factor: Annotated[
        FormFactor | None, Query(description="Une forme de véhicule ; scooter : toute trottinette")
    ] = None,
    available: Annotated[
        bool | None,
        Query(description="true : seulement ce qu'on peut louer maintenant, d'une source à jour"),
    ] = None,
) -> RentalQuery:
    point = parse_point(lat, lon)
    if point is None and radius is not None:
        raise Refusal(
            "invalid", "Le paramètre radius demande un point (lat et lon).", parameter="lat"
        )
    return RentalQuery(
        near=None
        if point is None
        else (*point, float(DEFAULT_RADIUS if radius is None else radius)),
        box=bbox,
        feed=feed,
        station=station,
        item_type=kind,
        form_factor=form_factor,
        available=available,
    )


Filters = Annotated[RentalQuery, Depends(_filters)]


def rental_router(rentals: LiveRentals, clock: Clock) -> Router:
    """The router of the endpoints of rentals."""
    router = Router(tags=["rental"])
    _add_lists(router, rentals, clock)
    _add_systems(router, rentals, clock)
    return router


def _add_lists(router: Router, rentals: LiveRentals, clock: Clock) -> None:
    @router.get(
        "/rental",
        operation_id="list_rental",
        response_model=RentalListJson,
        summary="Véhicules et stations en libre-service",
    )
    async def show_rental(
        request: Request, query: Filters, limit: RentalLimit = 50, cursor: Cursor = None
    ) -> Response:
        """Autour d'un point (du plus proche au plus lointain), dans un rectangle, d'un réseau."""
        now = clock.now()
        page = list_rental(await rentals.prepared(), query, now=now, limit=limit, cursor=cursor)
        renderer = ItemRenderer()
        items = [renderer.item(hit) for hit in page.hits]
        head = _head(page, query, first=cursor is None)
        headers = PRIVATE if query.near else None
        return _answer(request, head, "rental", items, now, headers=headers)

    @router.get(
        "/rental.geojson",
        operation_id="get_rental_geojson",
        response_model=RentalGeoJson,
        response_class=GeoJsonResponse,
        summary="Les mêmes, sur une carte",
    )
    async def show_rental_map(
        request: Request, query: Filters, limit: MapLimit = 1000, cursor: Cursor = None
    ) -> Response:
        """Une FeatureCollection de points (RFC 7946), avec les mêmes filtres."""
        now = clock.now()
        page = list_rental(await rentals.prepared(), query, now=now, limit=limit, cursor=cursor)
        renderer = ItemRenderer()
        features = [renderer.feature(hit) for hit in page.hits]
        head = {"type": "FeatureCollection", **_head(page, query, first=cursor is None)}
        headers = PRIVATE if query.near else None
        return _answer(request, head, "features", features, now, GEOJSON_TYPE, headers=headers)


def _add_systems(router: Router, rentals: LiveRentals, clock: Clock) -> None:
    @router.get(
        "/rental/systems",
        operation_id="list_rental_systems",
        response_model=RentalSystemListJson,
        summary="Les réseaux de véhicules en libre-service",
    )
    async def show_systems(request: Request) -> Response:
        """Qui loue quoi, à quel prix, avec quelle application ; l'âge et la santé de son flux."""
        now = clock.now()
        reports = list_systems(rentals.state, now=now)
        systems = [system_json(report, now=now) for report in reports]
        content = {
            "generated_at": utc(now),
            "message": None if systems else NO_SYSTEM,
            "systems": systems,
        }
        tag = entity_tag([without_ages(system) for system in systems])
        return live_response(request, orjson.dumps(content), tag, made_at=now)


def _head(page: RentalPage, query: RentalQuery, *, first: bool) -> dict[str, Any]:
    """The members of a response besides its items. `first`: whether it is the first page."""
    return {
        "message": nothing_found(page, query, first=first),
        "systems": [brief_json(report) for report in page.reports],
        "next": page.next,
    }


def _answer(
    request: Request,
    head: dict[str, Any],
    name: str,
    items: Sequence[Any],
    now: datetime,
    media_type: str = "application/json",
    *,
    headers: Mapping[str, str] | None,
) -> Response:
    """The response with its items in the member `name`. They are serialised once, for the body
    and for the entity tag."""
    rendered = orjson.dumps(items)
    tag = entity_tag(
        [orjson.Fragment(rendered), {**head, "systems": without_changing_fields(head["systems"])}]
    )
    content = {**head, "generated_at": utc(now), name: orjson.Fragment(rendered)}
    return live_response(request, orjson.dumps(content), tag, media_type, headers, made_at=now)
