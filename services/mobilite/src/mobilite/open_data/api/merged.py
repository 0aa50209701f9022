"""`GET /mobilite/v1/gtfs.zip`, `/gtfs-rt`, `/gtfs-rt/{message}`: the region's open data.

GTFS-Realtime has no field for a licence: the index lists it per source, and every message links
to the index (rel="describedby") and to the licence of all data together (rel="license"). The
national access point checks the addresses with HEAD.
"""

from typing import Annotated, Final, Literal

import orjson
from fastapi import Path, Request, Response
from fastapi.responses import FileResponse

from mobilite.http.api.responses import entity_tag, live_response, matches_etag
from mobilite.http.api.weighted_values import parse_weighted
from mobilite.open_data.api.models import MergedIndexJson
from mobilite.open_data.api.rendering import INDEX, index_json
from mobilite.open_data.api.zip_responses import licence_links, zip_response
from mobilite.open_data.flows.merge_real_time import MergedRealTime, MessageType
from mobilite.open_data.flows.merge_schedule import MergedSchedule
from mobilite.open_data.ports import MergedState
from mobilite.streams.ports import StateSource
from socle.clock import Clock
from socle.errors import Refusal
from socle.http import Router

PROTOBUF: Final = "application/x-protobuf"
_JSON: Final = "application/json"
_PROTOBUF_TYPES: Final = (PROTOBUF, "application/protobuf", "application/octet-stream")
_MESSAGE: Final = """\
Tout ce que disent les réseaux en temps réel, en un seul message GTFS-Realtime (FULL_DATASET,
version 2.0) : `trip-updates`, `vehicle-positions` ou `alerts`, suivi de `.pb` (protobuf) ou de
`.json` (le même message, en JSON de protobuf). Sans suffixe, l'en-tête Accept décide ; protobuf par
défaut. Les identifiants sont ceux de gtfs.zip ; les sources et leurs licences sont à
/mobilite/v1/gtfs-rt."""

Form = Literal["pb", "json"]


def merged_router(
    schedule: MergedSchedule,
    real_time: MergedRealTime,
    live: StateSource[MergedState],
    clock: Clock,
) -> Router:
    """The router of the endpoints of the merged feeds."""
    router = Router(tags=["open-data"])
    _add_schedule(router, schedule)
    _add_index(router, schedule, real_time, live, clock)
    _add_messages(router, schedule, real_time)
    return router


def _add_schedule(router: Router, schedule: MergedSchedule) -> None:
    @router.head("/gtfs.zip", include_in_schema=False)
    @router.get(
        "/gtfs.zip",
        operation_id="get_gtfs_schedule",
        response_class=FileResponse,
        responses={200: {"content": {"application/zip": {}}}},
        summary="L'horaire de toute la région, en GTFS",
    )
    async def send_schedule(request: Request) -> Response:
        """Tous les réseaux en un seul GTFS ; attributions.txt dit qui créditer. Refait
        dès qu'un horaire change ; tant que le premier n'est pas prêt, 503 et Retry-After."""
        file = await schedule.wait_for_first()
        return zip_response(
            request, file, filename="gtfs.zip", link=licence_links(INDEX, schedule.version())
        )


def _add_index(
    router: Router,
    schedule: MergedSchedule,
    real_time: MergedRealTime,
    live: StateSource[MergedState],
    clock: Clock,
) -> None:
    @router.head("/gtfs-rt", include_in_schema=False)
    @router.get(
        "/gtfs-rt",
        operation_id="get_open_data_index",
        response_model=MergedIndexJson,
        summary="Les données ouvertes : adresses, licences, âges",
    )
    async def show_index(request: Request) -> Response:
        """Les trois messages en temps réel et l'horaire qui va avec : où ils sont, à qui ils sont
        dus, ce qu'ils contiennent et ce qui n'a pas pu y entrer."""
        messages = [await real_time.message(message_type) for message_type in MessageType]
        now = clock.now()
        content = index_json(live.state, schedule.version(), messages, now=now)
        # Without ages, which change every second. The minute is added by `live_response`.
        sources = [{**source, "age": None} for source in content["sources"]]
        described = [content["licence"], content["schedule"], sources]
        tag = entity_tag([*described, *(message.tag for message in messages)])
        return live_response(request, orjson.dumps(content), tag, made_at=now)


def _add_messages(router: Router, schedule: MergedSchedule, real_time: MergedRealTime) -> None:
    @router.head("/gtfs-rt/{message}", include_in_schema=False)
    @router.get(
        "/gtfs-rt/{message}",
        operation_id="get_gtfs_realtime",
        response_class=Response,
        responses={200: {"content": {PROTOBUF: {}, _JSON: {}}}},
        summary="Le temps réel de toute la région, en GTFS-Realtime",
        description=_MESSAGE,
    )
    async def send_message(
        request: Request,
        message: Annotated[
            str,
            Path(
                description="trip-updates, trip-updates.pb, alerts.json…",
                examples=["trip-updates.pb"],
            ),
        ],
    ) -> Response:
        message_type, form = _parse_message_name(message)
        chosen = form or _preferred(request.headers.get("accept", ""))
        merged = await real_time.message(message_type)
        headers = {"link": licence_links(INDEX, schedule.version())}
        if form is None:
            headers["vary"] = "accept"
        tag = f'W/"{merged.tag}-{chosen}"'
        if matches_etag(request, tag):
            return live_response(request, b"", tag, headers=headers)
        body = merged.protobuf if chosen == "pb" else await real_time.json(merged)
        return live_response(
            request, body, tag, PROTOBUF if chosen == "pb" else _JSON, headers=headers
        )


def _parse_message_name(message: str) -> tuple[MessageType, Form | None]:
    """The message type and the format, if given, of a path. Raises Refusal("not_found") for
    anything else."""
    name, _, suffix = message.partition(".")
    if name in list(MessageType) and suffix in ("", "pb", "json"):
        return MessageType(name), suffix or None  # type: ignore[return-value]  # one of the three
    raise Refusal(
        "not_found",
        f"« {message[:100]} » n'existe pas ici : trip-updates, vehicle-positions ou alerts, suivi "
        "de rien, de .pb ou de .json.",
    )


def _preferred(accept: str) -> Form:
    """The format of an Accept header: JSON if it has a greater weight than protobuf.
    https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1"""
    weights = {media.casefold(): weight for media, weight in parse_weighted(accept)}
    protobuf = max(weights.get(each, 0.0) for each in _PROTOBUF_TYPES)
    return "json" if weights.get(_JSON, 0.0) > protobuf else "pb"
