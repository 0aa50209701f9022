"""`GET /mobilite/v1/vehicles`, `/vehicles.geojson` and their stream of server-sent events.

https://www.rfc-editor.org/rfc/rfc7946
"""

from collections.abc import Collection
from datetime import datetime
from operator import is_
from typing import Annotated, Final
from weakref import WeakKeyDictionary

import orjson
from fastapi import APIRouter, Depends, Header, Query, Request, Response

from mobilite.gtfs.domain.ids import FeedId
from mobilite.http.api.parameters import BoundingBox, Cursor, MapLimit, VehiclesLimit
from mobilite.http.api.responses import GEOJSON, GeoJsonResponse, live_answer, tag_of
from mobilite.http.api.times import utc
from mobilite.stops.api.rendering import RenderedRoutes
from mobilite.streams.api.event_stream import EventStream
from mobilite.streams.flows.item_stream import Item, ItemsView
from mobilite.streams.flows.subscriptions import Watch
from mobilite.streams.ports import StateSource
from mobilite.vehicles.api.models import VehicleGeoJson, VehicleListJson
from mobilite.vehicles.api.rendering import (
    feeds_json,
    vehicle_geojson,
    vehicle_json,
    vehicle_list_json,
)
from mobilite.vehicles.flows.list_vehicles import (
    ShownVehicle,
    VehicleFilter,
    list_vehicles,
    shown_vehicles,
)
from mobilite.vehicles.ports import VehiclesState
from socle.clock import Clock

_STREAM: Final = """\
Les mêmes véhicules, tant que l'on écoute (server-sent events). Le premier événement, `snapshot`,
les donne tous ; les suivants, `changes`, seulement ceux qui sont apparus ou ont changé (`vehicles`)
et les id de ceux qui ne sont plus montrés (`gone`). Un lecteur lent reçoit en une fois tout ce qui
a changé depuis ; qui revient avec Last-Event-ID dans la minute ne reçoit que la différence, sinon
un nouveau `snapshot`. Le silence est ponctué d'un commentaire toutes les quinze secondes. Pas
d'`age` ici : il se compte depuis measured_at."""


async def _asked(
    feed: Annotated[str | None, Query(max_length=100, description="Un réseau seul")] = None,
    route: Annotated[
        str | None, Query(max_length=500, description="Une ligne seule, par son id public")
    ] = None,
    bbox: BoundingBox = None,
) -> VehicleFilter:
    return VehicleFilter(feed, route, bbox)


Asked = Annotated[VehicleFilter, Depends(_asked)]


def vehicles_router(
    live: StateSource[VehiclesState], clock: Clock, watch: Watch[VehiclesState]
) -> APIRouter:
    """The addresses of vehicles."""
    router = APIRouter(tags=["véhicules"])
    _add_lists(router, live, clock)
    _add_stream(router, live, clock, watch)
    return router


def _add_lists(router: APIRouter, live: StateSource[VehiclesState], clock: Clock) -> None:
    @router.get("/vehicles", response_model=VehicleListJson, summary="Les véhicules en ce moment")
    async def show_vehicles(
        request: Request, asked: Asked, limit: VehiclesLimit = 100, cursor: Cursor = None
    ) -> Response:
        """Où ils ont été vus dans les cinq dernières minutes, et la course qu'ils assurent."""
        return _answer(request, live.state, asked, now=clock.now(), limit=limit, cursor=cursor)

    @router.get(
        "/vehicles.geojson",
        response_model=VehicleGeoJson,
        response_class=GeoJsonResponse,
        summary="Les véhicules sur une carte",
    )
    async def map_vehicles(
        request: Request, asked: Asked, limit: MapLimit = 1000, cursor: Cursor = None
    ) -> Response:
        """Les mêmes, en GeoJSON."""
        return _answer(
            request, live.state, asked, now=clock.now(), limit=limit, cursor=cursor, on_map=True
        )


def _answer(
    request: Request,
    state: VehiclesState,
    asked: VehicleFilter,
    *,
    now: datetime,
    limit: int,
    cursor: str | None,
    on_map: bool = False,
) -> Response:
    page = list_vehicles(state, asked, now=now, limit=limit, cursor=cursor)
    content = vehicle_list_json(state, page)
    # Ages alone are no news: they grow by themselves.
    tag = tag_of([[{**each, "age": None} for each in content["vehicles"]], page.next, on_map])
    if on_map:
        return live_answer(request, orjson.dumps(vehicle_geojson(state, page)), tag, GEOJSON)
    return live_answer(request, orjson.dumps(content), tag)


def _add_stream(
    router: APIRouter, live: StateSource[VehiclesState], clock: Clock, watch: Watch[VehiclesState]
) -> None:
    @router.get(
        "/vehicles/stream",
        response_class=EventStream,
        responses={200: {"content": {"text/event-stream": {}}}},
        summary="Les véhicules, en continu",
        description=_STREAM,
    )
    async def stream_vehicles(
        request: Request,
        asked: Asked,
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> EventStream:
        view = watch.share(("vehicles", asked), lambda: watch_vehicles(live, clock, asked))
        return EventStream(watch.listen(view, last_event_id))


def watch_vehicles(
    live: StateSource[VehiclesState], clock: Clock, asked: VehicleFilter
) -> ItemsView[VehiclesState]:
    """The vehicles asked for, as the stream tells of them. Raises Refusal."""

    def parts(state: VehiclesState) -> tuple[object, ...]:
        return (state.fleets if asked.feed is None else state.fleets.get(FeedId(asked.feed)),)

    return ItemsView(live, clock, VehicleItems(asked), parts, _event)


class VehicleItems:
    """Makes the vehicles asked for into what is sent, and only those anew of which something
    changed: most stand still between two looks."""

    def __init__(self, asked: VehicleFilter) -> None:
        self._asked = asked
        self._made: dict[str, tuple[tuple[object, ...], Item]] = {}
        self._routes: RenderedRoutes = WeakKeyDictionary()

    def __call__(self, state: VehiclesState, now: datetime) -> dict[str, Item]:
        """The vehicles of a state, by id."""
        shown = shown_vehicles(state, self._asked, now=int(now.timestamp()))
        self._made = {each.id: self._item(each) for each in shown}
        return {name: item for name, (_, item) in self._made.items()}

    def _item(self, shown: ShownVehicle) -> tuple[tuple[object, ...], Item]:
        sighting, feed = shown.sighting, shown.feed
        # All immutable, and the very same objects as long as nothing happens.
        made_from = (sighting.vehicle, shown.run, feed.schedule)
        told = (sighting.seen_at, sighting.stale, shown.serves)
        before = self._made.get(shown.id)
        if before is not None:
            objects, values = before[0][:3], before[0][3:]
            if values == told and all(map(is_, objects, made_from)):
                return before
        vehicle: dict[str, object] = {**vehicle_json(shown.seen(), self._routes)}
        del vehicle["age"]  # it grows by itself
        return (*made_from, *told), Item(orjson.dumps(vehicle), feed.feed_id)


def _event(
    state: VehiclesState, now: datetime, items: Collection[Item], gone: Collection[str] | None
) -> bytes:
    content = {
        "generated_at": utc(now),
        "feeds": feeds_json(state, (FeedId(item.feed) for item in items)),
        "vehicles": [orjson.Fragment(item.body) for item in items],
    }
    return orjson.dumps(content if gone is None else {**content, "gone": [*gone]})
