"""The answers of SIRI: deliveries, statuses, and errors in SIRI's own words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mobilite.http.api.times import utc
from mobilite.siri.api.tree import Element, Ref
from socle.errors import Category, Refusal

VERSION: Final = "2.1"
PRODUCER: Final = Ref("regionlab")
_ERRORS: Final[Mapping[Category, str]] = {
    "not_found": "InvalidDataReferencesError",
    "unsupported": "CapabilityNotSupportedError",
    "unavailable": "ServiceNotAvailableError",
    "too_many": "AllowedResourceUsageExceededError",
    "too_large": "AllowedResourceUsageExceededError",
}
"""The error of SIRI for a category; OtherError for others."""
_OTHER: Final = "OtherError"


def documented(*media: str) -> dict[int | str, dict[str, Any]]:
    """The responses of an endpoint in OpenAPI: errors are in the format of its answers, or a
    problem where no SIRI was read."""
    content: dict[str, Any] = {each: {} for each in media}
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        200: {"content": content},
        "default": {
            "description": "Erreur",
            "content": {**content, "application/problem+json": problem},
        },
    }


@dataclass(frozen=True, slots=True)
class Delivery:
    """The delivery of one request."""

    content: Mapping[str, Any]
    """The elements after its status."""
    refusal: Refusal | None = None
    """Why it has no content."""
    more: bool = False
    """Whether data was left out, to bound its size."""


def delivery_element(delivery: Delivery, now: datetime, request_ref: str | None = None) -> Element:
    """A delivery as an element. `request_ref`: the MessageIdentifier of its request."""
    return {
        "@version": VERSION,
        "ResponseTimestamp": utc(now),
        "RequestMessageRef": Ref(request_ref) if request_ref else None,
        "Status": delivery.refusal is None,
        "ErrorCondition": None if delivery.refusal is None else error_condition(delivery.refusal),
        **delivery.content,
    }


def siri_delivery(
    content: Element,
    now: datetime,
    *,
    succeeded: bool = True,
    more: bool = False,
    request_ref: str | None = None,
    refusal: Refusal | None = None,
) -> Element:
    """`Siri` with a ServiceDelivery. `refusal`: of a request that no delivery is about."""
    return {
        "ServiceDelivery": {
            "ResponseTimestamp": utc(now),
            "ProducerRef": PRODUCER,
            "RequestMessageRef": Ref(request_ref) if request_ref else None,
            "Status": succeeded and refusal is None,
            "ErrorCondition": None if refusal is None else _service_error(refusal),
            "MoreData": True if more else None,
            **content,
        }
    }


def error_condition(refusal: Refusal) -> Element:
    """The ErrorCondition of a refusal."""
    return _condition(_ERRORS.get(refusal.category, _OTHER), refusal)


def _service_error(refusal: Refusal) -> Element:
    """The ErrorCondition of a ServiceDelivery itself, where the XSD allows these two errors."""
    unsupported = refusal.category == "unsupported"
    return error_condition(refusal) if unsupported else _condition(_OTHER, refusal)


def _condition(error: str, refusal: Refusal) -> Element:
    return {error: {"ErrorText": refusal.message}, "Description": refusal.message}
