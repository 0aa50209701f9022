"""`GET /mobilite/v1/stops.geojson`: the stops of a map.

https://www.rfc-editor.org/rfc/rfc7946
"""

from typing import Annotated

from fastapi import Query, Request, Response

from mobilite.feeds.api.credits import credit_json
from mobilite.gtfs.domain.ids import global_id
from mobilite.http.api.parameters import BoundedNumber, BoundingBox
from mobilite.http.api.responses import GeoJsonResponse, map_response
from mobilite.stops.api.models import StopFeatureJson, StopMapJson
from mobilite.stops.flows.map_stops import MappedStop, StopMaps, map_stops
from mobilite.stops.ports import StopsState
from mobilite.streams.ports import StateSource
from socle.http import Router

Limit = Annotated[int, BoundedNumber(1, 2000), Query(description="Nombre d'arrêts")]


def add_stop_map(router: Router, live: StateSource[StopsState]) -> None:
    """Add the endpoint. It stands before `/stops/{stop_id}`."""
    maps = StopMaps()

    @router.get(
        "/stops.geojson",
        operation_id="get_stops_geojson",
        response_model=StopMapJson,
        response_class=GeoJsonResponse,
        summary="Les arrêts sur une carte",
    )
    async def show_stop_map(
        request: Request, bbox: BoundingBox = None, limit: Limit = 500
    ) -> Response:
        """Les plus desservis du rectangle, d'abord ceux où passent le plus de courses. Une gare
        et ses quais font un seul point."""
        state = live.state
        found, complete = map_stops(state, maps, box=bbox, limit=limit)
        content: StopMapJson = {
            "type": "FeatureCollection",
            "feeds": [
                credit_json(state, feed_id) for feed_id in sorted({each.feed_id for each in found})
            ],
            "features": [_feature(each, rank) for rank, each in enumerate(found)],
            "complete": complete,
        }
        return map_response(request, content)


def _feature(mapped: MappedStop, rank: int) -> StopFeatureJson:
    timetable, stop = mapped.schedule.timetable, mapped.stop
    place = [round(float(each[stop]), 6) for each in (timetable.stop_lon, timetable.stop_lat)]
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": place},
        "properties": {
            "id": global_id(mapped.feed_id, timetable.stop_ids[stop]),
            "name": timetable.stop_names[stop],
            "feed": mapped.feed_id,
            "rank": rank,
        },
    }
