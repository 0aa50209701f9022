"""`GET /siri/2.0/stop-monitoring.json` and its like: SIRI Lite, in JSON or XML.

docs/decisions/0094-siri.md
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import orjson
from fastapi import Path, Request, Response

from mobilite.feeds.domain.licences import licence_url, merged_licence
from mobilite.http.api.responses import entity_tag, live_response
from mobilite.machine.flows.search_limiter import SearchLimiter
from mobilite.siri.api.deliveries import Delivery, delivery_element, documented, siri_delivery
from mobilite.siri.api.lite_parameters import DESCRIPTIONS, LITE_PARAMETERS, SUMMARIES
from mobilite.siri.api.parameters import Parameters
from mobilite.siri.api.services import SERVICES, Service, deliver
from mobilite.siri.api.tree import Element, is_written, json_of
from mobilite.siri.api.xml_writer import xml_of
from mobilite.siri.ports import SiriState
from mobilite.streams.ports import StateSource
from socle.clock import Clock
from socle.errors import Refusal
from socle.http import Router, accepted_media, best_quality, of_refusal

Form = Literal["json", "xml"]
FormPath = Annotated[Form, Path(description="Format de la réponse")]

_MEDIA: Final[Mapping[Form, str]] = {"json": "application/json", "xml": "application/xml"}
_XML_TYPES: Final = ("application/xml", "text/xml")
_STOPS: Final = "stop-monitoring"
_STOPS_AT_ONCE: Final = 2
"""Answers about stops made at the same time."""


def add_siri_lite(
    router: Router, live: StateSource[SiriState], clock: Clock, limiter: SearchLimiter
) -> None:
    """Add the endpoints. `limiter`: of the answers made at the same time; those about stops,
    which take milliseconds, do not wait for the others."""
    for name, service in SERVICES.items():
        own = SearchLimiter(_STOPS_AT_ONCE) if name == _STOPS else limiter
        _add_service(router, name, service, live, clock, own)


def _add_service(
    router: Router,
    name: str,
    service: Service,
    live: StateSource[SiriState],
    clock: Clock,
    limiter: SearchLimiter,
) -> None:
    operation, summary = SUMMARIES[name]

    async def answer(request: Request, form: Form) -> Response:
        parameters, now = Parameters(request.query_params.multi_items()), clock.now()
        state = live.state

        def make() -> Response:
            made = deliver(service, state, parameters, now)
            return _response(request, form, service, state, made, now)

        try:
            return await limiter.run(make)
        except Refusal as refusal:
            return _response(request, form, service, state, [Delivery({}, refusal)], now)

    @router.get(
        f"/2.0/{name}.{{form}}",
        operation_id=operation,
        summary=summary,
        description=DESCRIPTIONS[name],
        response_class=Response,
        responses=documented(*_MEDIA.values()),
        openapi_extra={"parameters": LITE_PARAMETERS[name]},
    )
    async def send_form(request: Request, form: FormPath) -> Response:
        return await answer(request, form)

    @router.get(f"/2.0/{name}", include_in_schema=False)
    async def send_accepted(request: Request) -> Response:
        response = await answer(request, _preferred(request.headers.get("accept", "")))
        response.headers["vary"] = "accept"
        return response


def _preferred(accept: str) -> Form:
    """The format of an Accept header: XML if it has a greater quality than JSON."""
    accepted = accepted_media(accept.encode())
    xml, json = best_quality(accepted, _XML_TYPES), best_quality(accepted, (_MEDIA["json"],))
    return "xml" if xml and xml > (json or 0.0) else "json"


def _response(
    request: Request,
    form: Form,
    service: Service,
    state: SiriState,
    deliveries: Sequence[Delivery],
    now: datetime,
) -> Response:
    written = [_written(each) for each in deliveries]
    if form == "json":
        body = orjson.dumps({"Siri": json_of(lite_document(service, written, now))})
    else:
        body = xml_of(lite_document(service, deliveries, now))
    headers = {"link": _links(state)}
    refused = [each.refusal for each in deliveries if each.refusal is not None]
    if len(refused) == len(deliveries):
        problem = of_refusal(refused[0])
        headers |= {**problem.text_headers, "cache-control": "no-store"}
        return Response(body, problem.type.status, headers, _MEDIA[form])
    # Without the instants at which it was made.
    tag = entity_tag([form, [each.content for each in written]])
    return live_response(request, body, tag, _MEDIA[form], headers, made_at=now)


def _written(delivery: Delivery) -> Delivery:
    """The delivery with its content as JSON, which the body and the entity tag share."""
    content = {
        name: orjson.Fragment(orjson.dumps(json_of(value)))
        for name, value in delivery.content.items()
        if is_written(value)
    }
    return replace(delivery, content=content)


def lite_document(service: Service, deliveries: Sequence[Delivery], now: datetime) -> Element:
    """The members of `Siri`."""
    elements = [delivery_element(each, now) for each in deliveries]
    if service.is_discovery:
        return {service.delivery: elements[0]}
    content: dict[str, Any] = {service.delivery: elements}
    succeeded = all(each.refusal is None for each in deliveries)
    more = any(each.more for each in deliveries)
    return siri_delivery(content, now, succeeded=succeeded, more=more)


def _links(state: SiriState) -> str:
    """The value of the Link header: whom to credit, and the licence of all data together."""
    licence = licence_url(merged_licence(each.licence for each in state.timetables.values()))
    links = ['</mobilite/v1/gtfs-rt>; rel="describedby"; type="application/json"']
    return ", ".join([*links, f'<{licence}>; rel="license"'] if licence else links)
