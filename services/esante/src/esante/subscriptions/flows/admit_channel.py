"""Check the channel of a Subscription: a rest-hook, whose endpoint is outside, or an event stream.

https://hl7.org/fhir/R4/subscription.html#channels
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args
from urllib.parse import urlsplit

from esante.subscriptions.domain.backport import (
    content_of,
    heartbeat_of,
    is_event_stream,
    max_count_of,
    timeout_of,
)
from esante.subscriptions.domain.channel_headers import header_problem, too_many_headers
from esante.subscriptions.domain.subscription import Channel, Content, unprocessable
from socle.http import is_public_name, origin_of

_MAX_ENDPOINT: Final = 2000
_MAX_COUNT: Final = 20
"""Greatest number of events in one Bundle, whatever the subscriber asks for."""
_HEARTBEATS: Final = (10, 86_400)
_TIMEOUTS: Final = (1, 10)
"""Seconds, least and greatest."""
_JSON: Final = frozenset({"application/fhir+json", "application/json"})


@dataclass(frozen=True, slots=True)
class ChannelAdmission:
    """Checks channels."""

    https_only: bool
    trusted: frozenset[tuple[str, str, int]]
    """Origins of endpoints that can be inside our network, or without TLS (`origin_of`)."""

    def admit(self, channel: dict[str, Any], *, with_topic: bool) -> Channel:
        """Check a channel. `with_topic`: of a subscription to a topic. Raises Refusal."""
        if is_event_stream(channel):
            return _stream(channel, with_topic=with_topic)
        if channel.get("type") != "rest-hook":
            raise unprocessable(
                f"Le canal « {channel.get('type')} » n'est pas servi ici : rest-hook l'est, et"
                " websocket avec l'extension backport-channel-type text/event-stream.",
                "channel.type",
                issue="not-supported",
            )
        endpoint = channel.get("endpoint")
        self._check_endpoint(endpoint)
        assert endpoint is not None
        headers = tuple(channel.get("header", ()))
        _check_headers(headers)
        payload = _payload(channel)
        if not with_topic:
            return Channel(endpoint, headers, payload)
        return Channel(
            endpoint,
            headers,
            payload or "application/fhir+json",
            _content(channel),
            _within(heartbeat_of(channel), _HEARTBEATS, "heartbeat-period"),
            _within(timeout_of(channel), _TIMEOUTS, "timeout"),
            min(max_count_of(channel) or 1, _MAX_COUNT),
        )

    def _check_endpoint(self, endpoint: str | None) -> None:
        where = "channel.endpoint"
        if endpoint is None:
            raise unprocessable("Un abonnement rest-hook a une adresse.", where, issue="required")
        scheme, host, port = origin_of(endpoint)
        if scheme not in ("http", "https") or not host or len(endpoint) > _MAX_ENDPOINT:
            raise unprocessable(
                "L'adresse des notifications est une adresse http(s) entière.", where
            )
        parts = urlsplit(endpoint)
        if "@" in parts.netloc or "#" in endpoint or not endpoint.isprintable() or " " in endpoint:
            sentence = "L'adresse des notifications n'a ni identifiant, ni fragment, ni espace."
            raise unprocessable(sentence, where)
        if (scheme, host, port) in self.trusted:
            return
        if scheme != "https" and self.https_only:
            raise unprocessable("L'adresse des notifications est en https.", where)
        if not is_public_name(host):
            raise unprocessable(
                "L'adresse des notifications mène à l'intérieur d'un réseau : rien n'y est envoyé.",
                where,
                issue="security",
            )


def _stream(channel: dict[str, Any], *, with_topic: bool) -> Channel:
    """An event stream. Raises Refusal for an element that such a channel cannot have."""
    if "endpoint" in channel or "header" in channel:
        element = "channel.endpoint" if "endpoint" in channel else "channel.header"
        sentence = "Un flux d'événements n'a ni adresse ni en-tête : l'abonné l'ouvre lui-même."
        raise unprocessable(sentence, element)
    if heartbeat_of(channel) is not None or timeout_of(channel) is not None:
        sentence = "Un flux d'événements n'a ni heartbeat-period ni timeout : ils sont fixes."
        raise unprocessable(sentence, "channel.extension", issue="not-supported")
    payload = _payload(channel)
    by_payload: Content = "id-only" if payload is None else "full-resource"
    return Channel("", (), payload, _content(channel) if with_topic else by_payload)


def _payload(channel: dict[str, Any]) -> str | None:
    payload: str | None = channel.get("payload")
    if payload is not None and payload.partition(";")[0].strip() not in _JSON:
        sentence = f"« {payload[:64]} » n'est pas envoyé : application/fhir+json l'est."
        raise unprocessable(sentence, "channel.payload", issue="not-supported")
    return payload


def _content(channel: dict[str, Any]) -> Content:
    content = content_of(channel) or "empty"
    if content not in get_args(Content):
        sentence = f"« {content[:64]} » n'est pas empty, id-only ou full-resource."
        raise unprocessable(sentence, "channel.payload.extension")
    return content  # type: ignore[return-value]


def _check_headers(lines: Sequence[str]) -> None:
    if too_many_headers(lines):
        raise unprocessable("Un abonnement a 20 en-têtes au plus.", "channel.header")
    for place, each in enumerate(lines):
        if problem := header_problem(each):
            raise unprocessable(f"Un en-tête {problem}.", f"channel.header[{place}]")


def _within(number: int | None, limits: tuple[int, int], name: str) -> int | None:
    least, greatest = limits
    if number is not None and not least <= number <= greatest:
        sentence = f"{name} vaut de {least} à {greatest} secondes."
        raise unprocessable(sentence, "channel.extension")
    return number
