"""Subscriptions to topics of R5, as profiled for R4.
https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from esante.core.domain.structures import RESOURCE_TYPES

CANONICAL: Final = "http://hl7.org/fhir/uv/subscriptions-backport"
_DEFINITIONS: Final = f"{CANONICAL}/StructureDefinition"
NOTIFICATION: Final = f"{_DEFINITIONS}/backport-subscription-notification-r4"
STATUS: Final = f"{_DEFINITIONS}/backport-subscription-status-r4"
TOPIC_CANONICAL: Final = f"{_DEFINITIONS}/capabilitystatement-subscriptiontopic-canonical"
STATUS_OPERATION: Final = f"{CANONICAL}/OperationDefinition/backport-subscription-status"
EVENTS_OPERATION: Final = f"{CANONICAL}/OperationDefinition/backport-subscription-events"
_FILTER: Final = f"{_DEFINITIONS}/backport-filter-criteria"
_CONTENT: Final = f"{_DEFINITIONS}/backport-payload-content"
_HEARTBEAT: Final = f"{_DEFINITIONS}/backport-heartbeat-period"
_TIMEOUT: Final = f"{_DEFINITIONS}/backport-timeout"
_MAX_COUNT: Final = f"{_DEFINITIONS}/backport-max-count"
_CHANNEL_TYPE: Final = f"{_DEFINITIONS}/backport-channel-type"
EVENT_STREAM: Final = "text/event-stream"
"""The code of the channel type, of the system urn:ietf:bcp:13 (media types)."""
_TOPIC_PATH: Final = "/SubscriptionTopic/"


def topic_of(resource_type: str, *, base: str) -> str:
    """The canonical of the topic "a resource of that type was created or updated"."""
    return f"{base}{_TOPIC_PATH}{resource_type}"


def topic_type(criteria: str, *, base: str) -> str | None:
    """The resource type of the topic that has this canonical; None if it is not a topic."""
    prefix = f"{base}{_TOPIC_PATH}"
    name = criteria.removeprefix(prefix)
    return name if criteria.startswith(prefix) and name in RESOURCE_TYPES else None


def filters_of(subscription: Mapping[str, Any]) -> list[str]:
    """The filters of a topic's events, all of which apply."""
    found = _values(subscription.get("_criteria"), _FILTER)
    return [each for each in found if isinstance(each, str)]


def content_of(channel: Mapping[str, Any]) -> str | None:
    """The code of what notification Bundles contain; None without one."""
    texts = (each for each in _values(channel.get("_payload"), _CONTENT) if isinstance(each, str))
    return next(texts, None)


def is_event_stream(channel: Mapping[str, Any]) -> bool:
    """Whether a channel is a stream of server-sent events, which the subscriber opens.

    R4 has no code for it: `websocket`, where the subscriber opens the connection too, extended.
    """
    types = _values(channel.get("_type"), _CHANNEL_TYPE)
    codes = [each.get("code") for each in types if isinstance(each, dict)]
    return channel.get("type") == "websocket" and EVENT_STREAM in codes


def heartbeat_of(channel: Mapping[str, Any]) -> int | None:
    """Seconds between heartbeats; None without."""
    return _number(channel, _HEARTBEAT)


def timeout_of(channel: Mapping[str, Any]) -> int | None:
    """Seconds for one notification; None without."""
    return _number(channel, _TIMEOUT)


def max_count_of(channel: Mapping[str, Any]) -> int | None:
    """Greatest number of events in one Bundle; None without."""
    return _number(channel, _MAX_COUNT)


def _number(element: Mapping[str, Any], url: str) -> int | None:
    numbers = (each for each in _values(element, url) if type(each) is int)
    return next(numbers, None)


def _values(element: Any, url: str) -> Iterator[Any]:
    """The values of the extensions of an element with that url."""
    extensions = element.get("extension", ()) if isinstance(element, dict) else ()
    for each in extensions:
        if each.get("url") == url:
            yield from (value for name, value in each.items() if name.startswith("value"))
