"""The events of a subscription, for a subscriber that has missed some.
https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/OperationDefinition-backport-subscription-events.html
"""

from typing import Final

from esante.core.domain.permissions import Access
from esante.subscriptions.domain.notification_bundle import Notified
from esante.subscriptions.ports import ReadVersion, SubscriptionQueue
from socle.errors import Refusal

MAX_EVENTS: Final = 100
_MAX_BYTES: Final = 16 * 1024 * 1024


async def query_events(
    subscription_id: str,
    *,
    since: int,
    until: int | None,
    by: Access,
    queue: SubscriptionQueue,
    read_version: ReadVersion,
) -> list[Notified]:
    """The events from one number to another, both included, at most `MAX_EVENTS` and 16 MiB; those
    of resources that the caller cannot read now are left out."""
    events = await queue.list_events(
        subscription_id, after=since - 1, until=until, count=MAX_EVENTS
    )
    found: list[Notified] = []
    size = 0
    for event in events:
        try:
            resource = await read_version(event.type, event.id, event.version, by=by)
        except Refusal:
            continue
        size += len(resource.text)
        if found and size > _MAX_BYTES:
            break
        found.append(Notified(event, resource.text))
    return found
