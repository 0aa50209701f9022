"""Subscription/$status and Subscription/$events.
https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/operations.html
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, get_args

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import Handler, Route
from esante.core.api.operation_parameters import (
    OperationParameters,
    operation_view,
    read_parameters,
)
from esante.core.api.responses import FhirResponse
from esante.core.api.views import View, indent_json
from esante.core.flows.worker_pool import WorkerPool
from esante.core.ports import ReadResource
from esante.subscriptions.domain.backport import EVENTS_OPERATION, STATUS_OPERATION
from esante.subscriptions.domain.notification_bundle import (
    SubscriptionState,
    notification_bundle,
    status_parameters,
    status_searchset,
)
from esante.subscriptions.domain.subscription import SUBSCRIPTION, Content
from esante.subscriptions.flows.query_events import query_events
from esante.subscriptions.ports import DeliveryState, ReadVersion, SubscriptionQueue
from socle.clock import Clock
from socle.errors import Refusal

_UNKNOWN: Final = DeliveryState(None, None, "off", 0, 0, 0, None)
"""Of a Subscription that was never served."""
_EVENT_PARAMETERS: Final = ("eventsSinceNumber", "eventsUntilNumber", "content")


@dataclass(frozen=True, slots=True)
class SubscriptionOperations:
    """The operations of one Subscription."""

    queue: SubscriptionQueue
    read: ReadResource
    read_version: ReadVersion
    clock: Clock
    workers: WorkerPool
    base: str
    """The FHIR base."""

    def routes(self) -> tuple[Route, ...]:
        """The routes of the operations."""
        return (
            *_routes("$status", self._status, STATUS_OPERATION),
            *_routes("$events", self._events, EVENTS_OPERATION),
        )

    async def _status(self, request: FhirRequest) -> FhirResponse:
        await read_parameters(request, self.workers, names=())
        view, state = operation_view(request), await self._state(request)
        found = SubscriptionState(request.id, state.topic, state.status, state.events, state.error)
        status = status_parameters(found, "query-status", base=self.base)
        address = f"{self.base}/{SUBSCRIPTION}/{request.id}/$status"
        return _response(status_searchset(status, address=address), view)

    async def _events(self, request: FhirRequest) -> FhirResponse:
        parameters = await read_parameters(request, self.workers, names=_EVENT_PARAMETERS)
        view, state = operation_view(request), await self._state(request)
        content = _content(parameters, state)
        notified = await query_events(
            request.id,
            since=parameters.find_number("eventsSinceNumber") or 1,
            until=parameters.find_number("eventsUntilNumber"),
            by=request.access,
            queue=self.queue,
            read_version=self.read_version,
        )
        bundle = notification_bundle(
            SubscriptionState(request.id, state.topic, state.status, state.events, state.error),
            "query-event",
            notified,
            bundle_id=str(uuid.uuid4()),
            at=self.clock.now(),
            base=self.base,
            content=content,
        )
        return _response(bundle, view)

    async def _state(self, request: FhirRequest) -> DeliveryState:
        """The state of the subscription. Raises Refusal if the caller cannot read it."""
        await self.read(SUBSCRIPTION, request.id, by=request.access)
        return await self.queue.find_state(request.id) or _UNKNOWN


def _routes(code: str, handler: Handler, definition: str) -> Sequence[Route]:
    path = "{type}/{id}/" + code
    return [
        Route(method, path, code, "instance", handler, definition, (SUBSCRIPTION,))
        for method in ("GET", "POST")
    ]


def _content(parameters: OperationParameters, state: DeliveryState) -> Content:
    content = parameters.find_text("content")
    if content is None:
        return state.content or "id-only"
    if content not in get_args(Content):
        raise Refusal(
            "invalid",
            "Le paramètre « content » vaut empty, id-only ou full-resource.",
            issue="value",
        )
    return content  # type: ignore[return-value]


def _response(body: bytes, view: View) -> FhirResponse:
    return FhirResponse(200, indent_json(body.decode()).encode() if view.pretty else body)
