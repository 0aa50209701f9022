"""Check a Subscription before it is written: it becomes active and fires, or it is refused.

https://hl7.org/fhir/R4/subscription.html
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from esante.core.domain.json_parser import JsonObject, parse_object
from esante.core.domain.json_rewrite import rewrite
from esante.core.domain.permissions import Access
from esante.core.domain.resource import format_instant
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.ranges import date_range
from esante.store.ports import ResourceState
from esante.subscriptions.domain.backport import filters_of, topic_type
from esante.subscriptions.domain.channel_headers import is_redacted, redact
from esante.subscriptions.domain.criteria_index import has_equality
from esante.subscriptions.domain.subscription import (
    Registration,
    Status,
    Subscription,
    unprocessable,
)
from esante.subscriptions.domain.subscription_criteria import parse_criteria
from esante.subscriptions.domain.subscription_record import place_in_record, record_of
from esante.subscriptions.flows.admit_channel import ChannelAdmission
from socle.clock import Clock
from socle.errors import Refusal

_NOTIFIED: Final = ("criteria", "_criteria", "channel", "end", "_end")
"""Elements that say what is notified, where to and until when."""
_LIFE: Final = timedelta(days=30)
"""From a write to the latest end, since the permissions are those of its author: as long as a
refresh token of the gateway lasts without its user."""


@dataclass(frozen=True, slots=True)
class AdmittedSubscription:
    """A Subscription as it is stored: with the status that the server gives it, without secrets."""

    parsed: JsonObject
    registration: Registration


@dataclass(frozen=True, slots=True)
class SubscriptionAdmission:
    """Checks Subscriptions."""

    base: str
    """The FHIR base."""
    clock: Clock
    channels: ChannelAdmission

    def admit(
        self, parsed: JsonObject, previous: ResourceState, by: Access
    ) -> AdmittedSubscription:
        """Check a Subscription that its author writes.

        `parsed`: a valid resource. `previous`: the version that it replaces. Raises Refusal, rule
        `unprocessable`, with the element that prevents it from being served, and as
        `place_in_record`.
        """
        value = place_in_record(parsed.value, by)
        author = by.author
        if author is None:
            raise unprocessable("Un abonnement a un auteur.", "status")
        channel = dict(value["channel"])
        known = {} if previous.text is None else parse_object(previous.text).value
        is_same = all(value.get(each) == known.get(each) for each in _NOTIFIED)
        _check_redacted(channel, known.get("channel", {}))
        subscription = None if value["status"] == "off" else self._read(value, by)
        value.pop("error", None)
        value["status"] = status = _first_status(subscription)
        if subscription is not None:
            value["end"] = _rendered_end(subscription.ends, value.get("end"))
        lines = tuple(channel.get("header", ()))
        endpoint = channel.get("endpoint", "")
        if lines:
            channel["header"] = [redact(each) for each in lines]
            value["channel"] = channel
        stored = parse_object(rewrite(parsed, value).encode())
        registration = Registration(status, subscription, author, endpoint, lines, is_same)
        return AdmittedSubscription(stored, registration)

    def _read(self, value: dict[str, Any], by: Access) -> Subscription:
        context = SearchContext(self.base, self.clock.now())
        topic = value["criteria"]
        topic_resource = topic_type(topic, base=self.base)
        criteria = topic if topic_resource is None else _filtered(topic_resource, filters_of(value))
        with _blaming("criteria"):
            resource_type, criterion = parse_criteria(criteria, access=by, context=context)
        return Subscription(
            criteria,
            None if topic_resource is None else topic,
            self.channels.admit(value["channel"], with_topic=topic_resource is not None),
            self._end(value.get("end")),
            not has_equality(resource_type, criterion),
            record_of(by) is not None,
        )

    def _end(self, end: str | None) -> datetime:
        """When it ends: as requested, at the latest `_LIFE` from now."""
        now = self.clock.now()
        if end is None:
            return now + _LIFE
        instant = (date_range(end) or (None, None))[0]
        if instant is None or instant <= now:
            raise unprocessable("La fin de l'abonnement est déjà passée.", "end")
        return min(instant, now + _LIFE)


def _rendered_end(ends: datetime, requested: str | None) -> str:
    """Subscription.end: as requested, if it ends then."""
    if requested is not None and (date_range(requested) or (None, None))[0] == ends:
        return requested
    return format_instant(ends)


def _check_redacted(channel: dict[str, Any], known: dict[str, Any]) -> None:
    """A redacted header has the stored value, which goes to the stored endpoint alone.

    `known`: the channel of the version before.
    """
    same = channel.get("endpoint") == known.get("endpoint")
    of_stored = list(known.get("header", ())) if same else []
    for place, each in enumerate(channel.get("header", ())):
        if not is_redacted(each):
            continue
        if redact(each) not in of_stored:
            sentence = "La valeur de cet en-tête n'est pas connue pour cette adresse : récrivez-la."
            raise unprocessable(sentence, f"channel.header[{place}]")
        of_stored.remove(redact(each))


def _first_status(subscription: Subscription | None) -> Status:
    """`requested` if the endpoint has to accept a handshake first (topics), else `active`."""
    if subscription is None:
        return "off"
    return "requested" if subscription.needs_handshake else "active"


def _filtered(resource_type: str, filters: Sequence[str]) -> str:
    """The criteria of a topic's type with all filters; each is `Type?query` or `query`."""
    queries: list[str] = []
    for each in filters:
        named, mark, query = each.partition("?")
        if mark and named != resource_type:
            sentence = f"Ce sujet est celui des ressources {resource_type} ; le filtre en nomme"
            raise unprocessable(f"{sentence} d'autres.", "criteria.extension")
        queries.append(query if mark else each)
    return resource_type + ("?" + "&".join(queries) if queries else "")


@contextmanager
def _blaming(element: str) -> Iterator[None]:
    """Turn a Refusal into that of a Subscription that cannot be served, for that element."""
    try:
        yield
    except Refusal as refusal:
        issue = refusal.details.get("issue")
        if issue is None and refusal.category == "forbidden":
            issue = "forbidden"
        raise unprocessable(refusal.message, element, issue=issue or "value") from None
