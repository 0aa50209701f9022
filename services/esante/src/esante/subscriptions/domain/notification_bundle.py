"""Notification Bundles of subscriptions to topics.
https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/notifications.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson

from esante.core.domain.bundle import Entry, render_bundle
from esante.core.domain.resource import format_instant
from esante.subscriptions.domain.backport import NOTIFICATION, STATUS
from esante.subscriptions.domain.subscription import Content, Event

NotificationType = Literal[
    "handshake", "heartbeat", "event-notification", "query-status", "query-event"
]


@dataclass(frozen=True, slots=True)
class Notified:
    """An event, with the version that it is about."""

    event: Event
    text: bytes | None
    """The JSON of that version; None where it is not sent."""


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """The state of a subscription that a SubscriptionStatus contains."""

    id: str
    topic: str | None
    status: str
    events: int
    """Events since the subscription was created."""
    error: str | None = None


def status_parameters(
    state: SubscriptionState,
    notification_type: NotificationType,
    notified: Sequence[Notified] = (),
    *,
    base: str,
    content: Content = "empty",
) -> dict[str, Any]:
    """The SubscriptionStatus, in R4 a Parameters resource. `base`: the FHIR base."""
    parameters: list[dict[str, Any]] = [
        {"name": "subscription", "valueReference": {"reference": _address(state, base)}}
    ]
    if state.topic is not None:
        parameters.append({"name": "topic", "valueCanonical": state.topic})
    parameters += [
        {"name": "status", "valueCode": state.status},
        {"name": "type", "valueCode": notification_type},
        {"name": "events-since-subscription-start", "valueString": str(state.events)},
    ]
    parameters += [_event(each.event, base, content) for each in notified]
    if state.error is not None:
        parameters.append({"name": "error", "valueCodeableConcept": {"text": state.error}})
    return {"resourceType": "Parameters", "meta": {"profile": [STATUS]}, "parameter": parameters}


def notification_bundle(
    state: SubscriptionState,
    notification_type: NotificationType,
    notified: Sequence[Notified] = (),
    *,
    bundle_id: str,
    at: datetime,
    base: str,
    content: Content,
) -> bytes:
    """The JSON of a notification Bundle. `bundle_id`: a UUID. `base`: the FHIR base."""
    status = status_parameters(state, notification_type, notified, base=base, content=content)
    status = {"resourceType": "Parameters", "id": bundle_id, **status}
    first = Entry(
        f"urn:uuid:{bundle_id}",
        orjson.dumps(status),
        {
            "request": {"method": "GET", "url": f"{_address(state, base)}/$status"},
            "response": {"status": "200"},
        },
    )
    focuses = [] if content == "empty" else [_focus(each, base, content) for each in notified]
    members = {
        "id": bundle_id,
        "meta": {"profile": [NOTIFICATION]},
        "timestamp": format_instant(at),
    }
    return render_bundle("history", [first, *focuses], members=members)


def status_searchset(status: dict[str, Any], *, address: str) -> bytes:
    """The searchset of `$status`. `address`: of the request."""
    entry = Entry(None, orjson.dumps(status), {"search": {"mode": "match"}})
    return render_bundle("searchset", [entry], links={"self": address}, total=1)


def _address(state: SubscriptionState, base: str) -> str:
    return f"{base}/Subscription/{state.id}"


def _event(event: Event, base: str, content: Content) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [
        {"name": "event-number", "valueString": str(event.number)},
        {"name": "timestamp", "valueInstant": format_instant(event.at)},
    ]
    if content != "empty":
        focus = {"reference": f"{base}/{event.type}/{event.id}"}
        parts.append({"name": "focus", "valueReference": focus})
    return {"name": "notification-event", "part": parts}


def _focus(notified: Notified, base: str, content: Content) -> Entry:
    event = notified.event
    created = event.interaction == "create"
    path = f"{event.type}/{event.id}"
    request = {"method": "POST" if created else "PUT", "url": event.type if created else path}
    members = {"request": request, "response": {"status": "201" if created else "200"}}
    return Entry(f"{base}/{path}", notified.text if content == "full-resource" else None, members)
