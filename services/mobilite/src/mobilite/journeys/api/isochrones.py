"""`GET /mobilite/v1/isochrones`."""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Final

import orjson
from fastapi import Depends, Query, Request, Response
from pydantic import BeforeValidator, WithJsonSchema

from mobilite.feeds.api.credits import credit_json
from mobilite.gtfs.domain.ids import FeedId
from mobilite.http.api.languages import Languages, TextLanguage, text_language
from mobilite.http.api.parameters import Instant
from mobilite.http.api.responses import GEOJSON_TYPE, GeoJsonResponse, entity_tag, live_response
from mobilite.http.api.times import local_time
from mobilite.journeys.api.isochrone_models import (
    IsochroneJson,
    ReachedAreaFeatureJson,
    ReachedStopFeatureJson,
)
from mobilite.journeys.api.leg_rendering import place_json, stop_json
from mobilite.journeys.api.parameters import (
    DEFAULT_SPEED,
    PLACE,
    MaxWalk,
    Modes,
    WalkSpeed,
    Wheelchair,
    place_text,
)
from mobilite.journeys.api.place_headers import headers_of
from mobilite.journeys.api.reason_texts import calendar_message
from mobilite.journeys.flows.journey_query import Wishes
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.journeys.flows.reach_stops import ReachedStops, ReachRequest, reach_stops
from mobilite.machine.flows.search_limiter import SearchLimiter
from socle.clock import Clock
from socle.errors import Refusal
from socle.http import Router

_LONGEST: Final = 180
_MOST_AREAS: Final = 6


def _minutes(texts: Any) -> list[int]:
    given = texts if isinstance(texts, list) else [texts]
    words = [word.strip() for text in given for word in str(text)[:100].split(",")]
    if not all(word.isascii() and word.isdigit() for word in words):
        raise ValueError("des nombres entiers de minutes sont attendus : 15,30,60")
    numbers = sorted({int(word) for word in words})
    if not 1 <= numbers[0] <= numbers[-1] <= _LONGEST or len(numbers) > _MOST_AREAS:
        raise ValueError(f"de 1 à {_MOST_AREAS} durées de 1 à {_LONGEST} minutes sont attendues")
    return numbers


def _optional_place(text: Any) -> str | None:
    return None if text is None else place_text(text)


_OptionalPlace = BeforeValidator(_optional_place)
Minutes = Annotated[
    list[int],
    BeforeValidator(_minutes),
    WithJsonSchema({"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 180}}),
    Query(
        description="Les durées, répétées ou séparées par des virgules, six au plus : une zone "
        "pour chacune, et les arrêts atteints dans la plus longue"
    ),
]
From = Annotated[
    str | None,
    _OptionalPlace,
    PLACE,
    Query(
        alias="from",
        description="D'où l'on part à `at`, comme pour /journeys",
        openapi_examples={"arrêt": {"value": "tao:gare-d-orleans"}},
    ),
]
To = Annotated[
    str | None,
    _OptionalPlace,
    PLACE,
    Query(description="Où l'on veut être à `at`, à la place de from"),
]


async def reach_request(
    origin: From = None,
    to: To = None,
    at: Instant = None,
    minutes: Minutes = [15, 30, 60],  # noqa: B006
    modes: Modes = None,
    wheelchair: Wheelchair = False,
    max_walk: MaxWalk = 1000,
    walk_speed: WalkSpeed = DEFAULT_SPEED,
) -> ReachRequest:
    """The query of the parameters. Raises Refusal unless one place is given."""
    place = to if origin is None else origin
    if place is None or (origin is not None and to is not None):
        raise Refusal("invalid", "Donnez soit from, soit to.", parameter="from")
    return ReachRequest(
        place,
        tuple(minutes),
        None if at is None else int(at.timestamp()),
        backwards=origin is None,
        wishes=Wishes(
            None if modes is None else frozenset(modes),
            wheelchair,
            max_walk,
            walk_speed=walk_speed / 3.6,
        ),
    )


def isochrones_router(planning: Callable[[], PlanningState], clock: Clock) -> Router:
    """The router of isochrones. `planning`: the newest state to search in. One is computed at a
    time: its areas take far longer than the searches of journeys, which need not wait for it."""
    router, limiter = Router(tags=["journeys"]), SearchLimiter(1)

    @router.get(
        "/isochrones",
        operation_id="get_isochrones",
        response_model=IsochroneJson,
        response_class=GeoJsonResponse,
        summary="Jusqu'où l'on peut aller",
    )
    async def show_isochrones(
        request: Request,
        query: Annotated[ReachRequest, Depends(reach_request)],
        languages: Languages,
    ) -> Response:
        """Ce que l'on atteint en un temps donné à partir d'un lieu, ou d'où on l'atteint, en temps
        réel : les arrêts avec leur durée, et une zone par durée (GeoJSON)."""
        state, now = planning(), clock.now()

        def answer() -> tuple[bytes, str, Mapping[str, str]]:
            reached = reach_stops(state, query, now=now)
            content = isochrone_json(reached, text_language(languages))
            tag = entity_tag({**content, "generated_at": None})
            return orjson.dumps(content), tag, headers_of([reached.place])

        body, tag, headers = await limiter.run(answer)
        return live_response(request, body, tag, GEOJSON_TYPE, headers, made_at=now)

    return router


def isochrone_json(reached: ReachedStops, language: TextLanguage) -> IsochroneJson:
    """The areas and the stops as GeoJSON."""
    timetables, live = reached.planning.timetables, reached.planning.live
    local, wheelchair = local_time(timetables.zone), reached.request.wishes.wheelchair
    areas: list[ReachedAreaFeatureJson] = [
        {
            "type": "Feature",
            "geometry": {"type": "MultiPolygon", "coordinates": reached.area(minutes)},
            "properties": {"minutes": minutes},
        }
        for minutes in reversed(reached.request.minutes)
    ]
    stops = [*_stops(reached)]
    feeds = dict.fromkeys(each["properties"]["stop_id"].partition(":")[0] for each in stops)
    return {
        "type": "FeatureCollection",
        "at": local(reached.at),
        "generated_at": local(reached.generated_at),
        "message": None
        if timetables.covers(reached.at)
        else calendar_message(timetables, language),
        "place": place_json(reached.place),
        "walking": timetables.walking(wheelchair=wheelchair).anywhere.distance,
        "areas": "straight × 1.3",
        "feeds": [credit_json(live, FeedId(each)) for each in sorted(feeds)],
        "features": [*areas, *stops],
    }


def _stops(reached: ReachedStops) -> Iterator[ReachedStopFeatureJson]:
    network = reached.planning.timetables.network
    for stop, seconds in zip(reached.stops.tolist(), reached.seconds.tolist(), strict=True):
        found = stop_json(network, stop)
        if found["id"] is None or found["lat"] is None or found["lon"] is None:
            continue
        yield {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [found["lon"], found["lat"]]},
            "properties": {
                "stop_id": found["id"],
                "name": found["name"] or "",
                "seconds": seconds,
            },
        }
