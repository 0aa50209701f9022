"""Check a Subscription before it is written: it becomes active and fires, or it is refused.

https://hl7.org/fhir/R4/subscription.html
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from esante.core.domain.json_parser import JsonObject, parse_object
from esante.core.domain.json_rewrite import rewrite
from esante.core.domain.permissions import Access
from esante.core.domain.resource import format_instant
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.ranges import date_range
from esante.store.ports import ResourceState
from esante.subscriptions.domain.backport import (
    content_of,
    filters_of,
    heartbeat_of,
    max_count_of,
    timeout_of,
    topic_type,
)
from esante.subscriptions.domain.channel_headers import (
    header_problem,
    is_redacted,
    redact,
    too_many_headers,
)
from esante.subscriptions.domain.criteria_index import has_equality
from esante.subscriptions.domain.subscription import (
    SUBSCRIPTION,
    Channel,
    Registration,
    Status,
    Subscription,
)
from esante.subscriptions.domain.subscription_criteria import parse_criteria
from socle.clock import Clock
from socle.errors import Refusal
from socle.http import is_public_name, origin_of

_MAX_ENDPOINT: Final = 2000
_MAX_COUNT: Final = 20
"""Greatest number of events in one Bundle, whatever the subscriber asks for."""
_HEARTBEATS: Final = (10, 86_400)
_TIMEOUTS: Final = (1, 10)
"""Seconds, least and greatest."""
_JSON: Final = frozenset({"application/fhir+json", "application/json"})
_NOTIFIED: Final = ("criteria", "_criteria", "channel", "end", "_end")
"""Elements that say what is notified, where to and until when."""
_LIFE: Final = timedelta(days=30)
"""Its author's permissions are lent for so long: as long as a refresh token of the gateway is used
without its user."""
_CONTENTS: Final = ("empty", "id-only", "full-resource")


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
    https_only: bool
    trusted: frozenset[tuple[str, str, int]]
    """Origins of endpoints that can be inside our network, or without TLS (`origin_of`)."""

    def admit(
        self, parsed: JsonObject, previous: ResourceState, by: Access
    ) -> AdmittedSubscription:
        """Check a Subscription that its author writes.

        `parsed`: a valid resource. `previous`: the version that it replaces. Raises Refusal, rule
        `unprocessable`, with the element that prevents it from being served.
        """
        value = dict(parsed.value)
        author = by.author
        if author is None:
            raise _refusal("Un abonnement a un auteur.", "status")
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
            self._channel(value["channel"], with_topic=topic_resource is not None),
            self._end(value.get("end")),
            not has_equality(resource_type, criterion),
        )

    def _end(self, end: str | None) -> datetime:
        """When it ends: as requested, at the latest `_LIFE` from now."""
        now = self.clock.now()
        if end is None:
            return now + _LIFE
        instant = (date_range(end) or (None, None))[0]
        if instant is None or instant <= now:
            raise _refusal("La fin de l'abonnement est déjà passée.", "end")
        return min(instant, now + _LIFE)

    def _channel(self, channel: dict[str, Any], *, with_topic: bool) -> Channel:
        if channel["type"] != "rest-hook":
            sentence = f"Le canal « {channel['type']} » n'est pas servi ici : rest-hook l'est."
            raise _refusal(sentence, "channel.type", issue="not-supported")
        endpoint = channel.get("endpoint")
        self._check_endpoint(endpoint)
        assert endpoint is not None
        headers = tuple(channel.get("header", ()))
        _check_headers(headers)
        payload = channel.get("payload")
        if payload is not None and payload.partition(";")[0].strip() not in _JSON:
            sentence = f"« {payload[:64]} » n'est pas envoyé : application/fhir+json l'est."
            raise _refusal(sentence, "channel.payload", issue="not-supported")
        if not with_topic:
            return Channel(endpoint, headers, payload)
        content = content_of(channel) or "empty"
        if content not in _CONTENTS:
            sentence = f"« {content[:64]} » n'est pas empty, id-only ou full-resource."
            raise _refusal(sentence, "channel.payload.extension")
        return Channel(
            endpoint,
            headers,
            payload or "application/fhir+json",
            content,  # type: ignore[arg-type]
            _within(heartbeat_of(channel), _HEARTBEATS, "heartbeat-period"),
            _within(timeout_of(channel), _TIMEOUTS, "timeout"),
            min(max_count_of(channel) or 1, _MAX_COUNT),
        )

    def _check_endpoint(self, endpoint: str | None) -> None:
        where = "channel.endpoint"
        if endpoint is None:
            raise _refusal("Un abonnement rest-hook a une adresse.", where, issue="required")
        scheme, host, port = origin_of(endpoint)
        if scheme not in ("http", "https") or not host or len(endpoint) > _MAX_ENDPOINT:
            raise _refusal("L'adresse des notifications est une adresse http(s) entière.", where)
        parts = urlsplit(endpoint)
        if "@" in parts.netloc or "#" in endpoint or not endpoint.isprintable() or " " in endpoint:
            sentence = "L'adresse des notifications n'a ni identifiant, ni fragment, ni espace."
            raise _refusal(sentence, where)
        if (scheme, host, port) in self.trusted:
            return
        if scheme != "https" and self.https_only:
            raise _refusal("L'adresse des notifications est en https.", where)
        if not is_public_name(host):
            raise _refusal(
                "L'adresse des notifications mène à l'intérieur d'un réseau : rien n'y est envoyé.",
                where,
                issue="security",
            )


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
            raise _refusal(sentence, f"channel.header[{place}]")
        of_stored.remove(redact(each))


def _first_status(subscription: Subscription | None) -> Status:
    """`requested` if the endpoint has to accept a handshake first (topics), else `active`."""
    if subscription is None:
        return "off"
    return "active" if subscription.topic is None else "requested"


def _filtered(resource_type: str, filters: Sequence[str]) -> str:
    """The criteria of a topic's type with all filters; each is `Type?query` or `query`."""
    queries: list[str] = []
    for each in filters:
        named, mark, query = each.partition("?")
        if mark and named != resource_type:
            sentence = f"Ce sujet est celui des ressources {resource_type} ; le filtre en nomme"
            raise _refusal(f"{sentence} d'autres.", "criteria.extension")
        queries.append(query if mark else each)
    return resource_type + ("?" + "&".join(queries) if queries else "")


def _check_headers(lines: Sequence[str]) -> None:
    if too_many_headers(lines):
        raise _refusal("Un abonnement a 20 en-têtes au plus.", "channel.header")
    for place, each in enumerate(lines):
        if problem := header_problem(each):
            raise _refusal(f"Un en-tête {problem}.", f"channel.header[{place}]")


def _within(number: int | None, limits: tuple[int, int], name: str) -> int | None:
    least, greatest = limits
    if number is not None and not least <= number <= greatest:
        sentence = f"{name} vaut de {least} à {greatest} secondes."
        raise _refusal(sentence, "channel.extension")
    return number


@contextmanager
def _blaming(element: str) -> Iterator[None]:
    """Turn a Refusal into that of a Subscription that cannot be served, for that element."""
    try:
        yield
    except Refusal as refusal:
        issue = refusal.details.get("issue")
        if issue is None and refusal.category == "forbidden":
            issue = "forbidden"
        raise _refusal(refusal.message, element, issue=issue or "value") from None


def _refusal(sentence: str, element: str, *, issue: str = "business-rule") -> Refusal:
    return Refusal(
        "invalid",
        sentence,
        rule="unprocessable",
        issue=issue,
        expression=[f"{SUBSCRIPTION}.{element}"],
    )
