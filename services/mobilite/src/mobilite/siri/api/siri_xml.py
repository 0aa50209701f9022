"""`POST /siri/2.1`: a SIRI request in XML, and its answer.

Direct requests only: a subscription is refused in SIRI's own words. docs/decisions/0094-siri.md
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from fastapi import Request, Response

from mobilite.http.api.times import utc
from mobilite.machine.flows.search_limiter import SearchLimiter
from mobilite.siri.api.deliveries import (
    PRODUCER,
    Delivery,
    delivery_element,
    documented,
    error_condition,
    siri_delivery,
)
from mobilite.siri.api.parameters import MAX_REFS, Parameters
from mobilite.siri.api.services import SERVICES, Service, deliver
from mobilite.siri.api.tree import Element, Ref
from mobilite.siri.api.xml_reader import XmlElement, read_xml
from mobilite.siri.api.xml_writer import xml_of
from mobilite.siri.ports import SiriState
from mobilite.streams.ports import StateSource
from socle.clock import Clock
from socle.errors import Refusal
from socle.http import STATUS, Router, of_refusal

_XML: Final = "application/xml"
_BY_REQUEST: Final[Mapping[str, Service]] = {each.request: each for each in SERVICES.values()}
_STOPS: Final = "StopMonitoringRequest"
_DESCRIPTION: Final = """\
Une requête SIRI 2.1 en XML (sans SOAP) : ServiceRequest avec StopMonitoringRequest,
EstimatedTimetableRequest, VehicleMonitoringRequest, SituationExchangeRequest ou
GeneralMessageRequest, une ou plusieurs, 20 arrêts en tout ; CheckStatusRequest, LinesRequest ou
StopPointsRequest. Les paramètres sont ceux de SIRI Lite. Pas d'abonnement :
CapabilityNotSupportedError."""


def add_siri_xml(
    router: Router, live: StateSource[SiriState], clock: Clock, limiter: SearchLimiter
) -> None:
    """Add the endpoint. `limiter`: of the answers made at the same time."""

    @router.post(
        "/2.1",
        operation_id="post_siri_request",
        summary="SIRI : requête en XML",
        description=_DESCRIPTION,
        response_class=Response,
        responses=documented(_XML),
        openapi_extra={
            "requestBody": {"required": True, "content": {_XML: {"schema": {"type": "string"}}}}
        },
    )
    async def answer_request(request: Request) -> Response:
        body, now = await request.body(), clock.now()
        headers = {"cache-control": "no-store"}
        try:
            status, content = await limiter.run(lambda: answer_xml(live.state, body, now))
        except Refusal as refusal:
            headers |= of_refusal(refusal).text_headers
            status, content = _refused(refusal, now)
        return Response(content, status, headers, _XML)


def answer_xml(state: SiriState, body: bytes, now: datetime) -> tuple[int, bytes]:
    """The status and the body of the answer. What cannot be read as a SIRI request has an HTTP
    error too; what cannot be served has a Status and an ErrorCondition only."""
    try:
        root = read_xml(body)
        if len(root.children) != 1:
            raise Refusal("invalid", "« Siri » doit contenir une requête, et une seule.")
    except Refusal as refusal:
        return _refused(refusal, now)
    return 200, xml_of(_answer(state, root.children[0], now))


def _refused(refusal: Refusal, now: datetime) -> tuple[int, bytes]:
    """The status and the body of the answer to a request that is not read."""
    return STATUS[refusal.category], xml_of(siri_delivery({}, now, refusal=refusal))


def _answer(state: SiriState, request: XmlElement, now: datetime) -> Element:
    """The members of the answer's `Siri`."""
    name, message = request.name, _text(request, "MessageIdentifier")
    if name == "ServiceRequest":
        return _service_delivery(state, request, now)
    if name == "CheckStatusRequest":
        return {"CheckStatusResponse": {**_head(now, "ProducerRef", message), "Status": True}}
    if name == "SubscriptionRequest":
        return {
            "SubscriptionResponse": {
                **_head(now, "ResponderRef", message),
                "ResponseStatus": {
                    "ResponseTimestamp": utc(now),
                    "Status": False,
                    "ErrorCondition": error_condition(_unsupported(name)),
                },
            }
        }
    service = _BY_REQUEST.get(name)
    if service is not None and service.is_discovery:
        delivery = deliver(service, state, Parameters.of_element(request), now)[0]
        return {service.delivery: delivery_element(delivery, now, message)}
    return siri_delivery({}, now, request_ref=message, refusal=_unsupported(name))


def _service_delivery(state: SiriState, request: XmlElement, now: datetime) -> Element:
    """The deliveries of every request in a ServiceRequest, grouped by service."""
    found: dict[str, list[Element]] = {}
    deliveries, served, refusal = list[Delivery](), Counter[str](), None
    requests = [each for each in request.children if each.name.endswith("Request")]
    for each in requests:
        service = _BY_REQUEST.get(each.name)
        if service is None or service.is_discovery:
            refusal = _unsupported(each.name)
            continue
        made = _made(service, state, Parameters.of_element(each), served, now)
        deliveries += made
        message = _text(each, "MessageIdentifier")
        elements = found.setdefault(service.delivery, [])
        elements += [delivery_element(delivery, now, message) for delivery in made]
    if not requests:
        refusal = Refusal("invalid", "« ServiceRequest » doit contenir au moins une requête.")
    return siri_delivery(
        found,
        now,
        succeeded=all(each.refusal is None for each in deliveries),
        more=any(each.more for each in deliveries),
        request_ref=_text(request, "MessageIdentifier"),
        refusal=refusal,
    )


def _made(
    service: Service, state: SiriState, parameters: Parameters, served: Counter[str], now: datetime
) -> Sequence[Delivery]:
    """The deliveries of one request of a ServiceRequest. `served`: what was served before, by the
    name of the request, to which it is added. Stops count together, however many requests."""
    name, wanted, most = service.request, 1, 1
    if name == _STOPS:
        wanted, most = max(1, parameters.count("MonitoringRef")), MAX_REFS
    if served[name] + wanted > most:
        return [Delivery({}, _too_many(name))]
    served[name] += wanted
    return deliver(service, state, parameters, now)


def _head(now: datetime, producer: str, message: str | None) -> dict[str, Any]:
    """What a response begins with."""
    return {
        "ResponseTimestamp": utc(now),
        producer: PRODUCER,
        "RequestMessageRef": Ref(message) if message else None,
    }


def _text(element: XmlElement, name: str) -> str | None:
    """The text of a child, at most 200 characters; None without one."""
    child = element.find(name)
    return child.text[:200] if child is not None and child.text else None


def _unsupported(name: str) -> Refusal:
    return Refusal("unsupported", f"« {name[:100]} » n'est pas servi ici.")


def _too_many(name: str) -> Refusal:
    if name == _STOPS:
        return Refusal("too_many", f"Plus de {MAX_REFS} arrêts dans cette requête.")
    return Refusal("too_many", f"« {name} » est répété dans cette requête.")
