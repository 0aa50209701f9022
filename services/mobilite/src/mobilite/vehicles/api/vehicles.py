"""`GET /mobilite/v1/vehicles`, `/vehicles.geojson` and their stream of server-sent events.

https://www.rfc-editor.org/rfc/rfc7946
"""

from collections.abc import Collection
from datetime import datetime
from operator import is_
from typing import Annotated, Final
from weakref import WeakKeyDictionary

import orjson
from fastapi import Depends, Header, Query, Request, Response

from mobilite.gtfs.domain.ids import FeedId
from mobilite.http.api.parameters import BoundedNumber, BoundingBox, Cursor, MapLimit
from mobilite.http.api.responses import GEOJSON_TYPE, GeoJsonResponse, entity_tag, live_response
from mobilite.http.api.times import utc
from mobilite.stops.api.rendering import RenderedRoutes
from mobilite.streams.api.event_stream import EventStream
from mobilite.streams.flows.item_subscription import Item, ItemSubscription
from mobilite.streams.flows.subscriptions import Subscriptions
from mobilite.streams.ports import StateSource
from mobilite.vehicles.api.models import VehicleGeoJson, VehicleListJson
from mobilite.vehicles.api.rendering import (
    feeds_json,
    vehicle_geojson,
    vehicle_json,
    vehicle_list_json,
)
from mobilite.vehicles.flows.list_vehicles import (
    ListedVehicle,
    VehicleFilter,
    list_vehicles,
    select_vehicles,
)
from mobilite.vehicles.ports import VehiclesState
from socle.clock import Clock
from socle.http import Router

_STREAM: Final = """\
Les mêmes véhicules, tant que l'on écoute (server-sent events). Le premier événement, `snapshot`,
les donne tous ; les suivants, `changes`, seulement ceux qui sont apparus ou ont changé (`vehicles`)
et les id de ceux qui ne sont plus montrés (`gone`). Un lecteur lent reçoit en une fois tout ce qui
a changé depuis ; qui revient avec Last-Event-ID dans la minute ne reçoit que la différence, sinon
un nouveau `snapshot`. Le silence est ponctué d'un commentaire toutes les quinze secondes. Pas
d'`age` ici : il se compte depuis measured_at."""


VehiclesLimit = Annotated[int, BoundedNumber(1, 500), Query(description="Nombre de véhicules")]


async def _filters(
    feed: Annotated[str | None, Query(max_length=100, description="Un réseau seul")] = None,
    route: Annotated[
        str | None, Query(max_length=500, description="Une ligne seule, par son id public")
    ] = None,
    bbox: BoundingBox = None,
) -> VehicleFilter:
    return VehicleFilter(feed, route, bbox)


Filters = Annotated[VehicleFilter, Depends(_filters)]


def vehicles_router(
    live: StateSource[VehiclesState], clock: Clock, subscriptions: Subscriptions[VehiclesState]
) -> Router:
    """The router of the endpoints of vehicles."""
    router = Router(tags=["vehicles"])
    _add_lists(router, live, clock)
    _add_stream(router, live, clock, subscriptions)
    return router


def _add_lists(router: Router, live: StateSource[VehiclesState], clock: Clock) -> None:
    @router.get(
        "/vehicles",
        operation_id="list_vehicles",
        response_model=VehicleListJson,
        summary="Les véhicules en ce moment",
    )
    async def show_vehicles(
        request: Request, filters: Filters, limit: VehiclesLimit = 100, cursor: Cursor = None
    ) -> Response:
        """Où ils ont été vus dans les cinq dernières minutes, et la course qu'ils assurent."""
        return _answer(request, live.state, filters, now=clock.now(), limit=limit, cursor=cursor)

    @router.get(
        "/vehicles.geojson",
        operation_id="get_vehicles_geojson",
        response_model=VehicleGeoJson,
        response_class=GeoJsonResponse,
        summary="Les véhicules sur une carte",
    )
    async def map_vehicles(
        request: Request, filters: Filters, limit: MapLimit = 1000, cursor: Cursor = None
    ) -> Response:
        """Les mêmes, en GeoJSON."""
        return _answer(
            request, live.state, filters, now=clock.now(), limit=limit, cursor=cursor, on_map=True
        )


def _answer(
    request: Request,
    state: VehiclesState,
    filters: VehicleFilter,
    *,
    now: datetime,
    limit: int,
    cursor: str | None,
    on_map: bool = False,
) -> Response:
    page = list_vehicles(state, filters, now=now, limit=limit, cursor=cursor)
    content = vehicle_list_json(state, page)
    # Without ages, which grow without a change. The minute is added by `live_response`.
    tag = entity_tag([[{**each, "age": None} for each in content["vehicles"]], page.next, on_map])
    if on_map:
        body = orjson.dumps(vehicle_geojson(state, page))
        return live_response(request, body, tag, GEOJSON_TYPE, made_at=now)
    return live_response(request, orjson.dumps(content), tag, made_at=now)


def _add_stream(
    router: Router,
    live: StateSource[VehiclesState],
    clock: Clock,
    subscriptions: Subscriptions[VehiclesState],
) -> None:
    @router.get(
        "/vehicles/stream",
        operation_id="stream_vehicles",
        response_class=EventStream,
        responses={200: {"content": {"text/event-stream": {}}}},
        summary="Les véhicules, en continu",
        description=_STREAM,
    )
    async def stream_vehicles(
        request: Request,
        filters: Filters,
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> EventStream:
        view = subscriptions.share(
            ("vehicles", filters), lambda: subscribe_vehicles(live, clock, filters)
        )
        return EventStream(subscriptions.listen(view, last_event_id))


def subscribe_vehicles(
    live: StateSource[VehiclesState], clock: Clock, filters: VehicleFilter
) -> ItemSubscription[VehiclesState]:
    """The subscription to the vehicles that pass a filter. Its refresh raises Refusal for an
    unknown feed or route."""

    def parts(state: VehiclesState) -> tuple[object, ...]:
        return (state.fleets if filters.feed is None else state.fleets.get(FeedId(filters.feed)),)

    return ItemSubscription(live, clock, VehicleItems(filters), parts, _event)


class VehicleItems:
    """Renders the vehicles that pass a filter. A vehicle that has not changed is not rendered
    again."""

    def __init__(self, filters: VehicleFilter) -> None:
        self._filters = filters
        self._rendered: dict[str, tuple[tuple[object, ...], Item]] = {}
        self._routes: RenderedRoutes = WeakKeyDictionary()

    def __call__(self, state: VehiclesState, now: datetime) -> dict[str, Item]:
        """The rendered vehicles of a state, by public id."""
        vehicles = select_vehicles(state, self._filters, now=int(now.timestamp()))
        self._rendered = {each.id: self._item(each) for each in vehicles}
        return {name: item for name, (_, item) in self._rendered.items()}

    def _item(self, listed: ListedVehicle) -> tuple[tuple[object, ...], Item]:
        """A vehicle with what it was rendered from: three objects, then three values."""
        sighting, feed = listed.sighting, listed.feed
        # Immutable objects: they are identical as long as nothing has changed.
        inputs = (sighting.vehicle, listed.run, feed.schedule)
        values_after = (sighting.seen_at, sighting.stale, listed.serves)
        before = self._rendered.get(listed.id)
        if before is not None:
            objects, values = before[0][:3], before[0][3:]
            if values == values_after and all(map(is_, objects, inputs)):
                return before
        vehicle: dict[str, object] = {**vehicle_json(listed.detail(), self._routes)}
        del vehicle["age"]  # the age grows without a change
        return (*inputs, *values_after), Item(orjson.dumps(vehicle), feed.feed_id)


def _event(
    state: VehiclesState, now: datetime, items: Collection[Item], gone: Collection[str] | None
) -> bytes:
    """An event as JSON; `gone` is None in a complete snapshot."""
    content = {
        "generated_at": utc(now),
        "feeds": feeds_json(state, (FeedId(item.feed) for item in items)),
        "vehicles": [orjson.Fragment(item.body) for item in items],
    }
    return orjson.dumps(content if gone is None else {**content, "gone": [*gone]})
