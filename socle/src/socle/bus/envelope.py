"""CloudEvents 1.0 in Kafka's binary mode: attributes in headers, data in the value.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
`traceparent` is the W3C header. Values carry no null: a reader has the same defaults.
"""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from socle.clock import Clock
from socle.errors import Refusal
from socle.events import Event, EventT, Received, Tombstone
from socle.kafka import Outgoing, Record
from socle.kafka.limits import MAX_RECORD_BYTES
from socle.telemetry import current_trace

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Envelope:
    """Seals the events of one source: id, source, time, key and trace."""

    def __init__(self, source: str, clock: Clock) -> None:
        self._source = source
        self._clock = clock

    def seal(self, item: Event | Tombstone) -> Outgoing:
        """The record to be written, with a new id.

        Raises `Refusal`: `invalid` for an empty key or the tombstone of a fact, `too_large`.
        """
        if isinstance(item, Tombstone):
            topic, key, value = item.event_type.topic, item.key, None
            if item.event_type.kind != "table":
                raise Refusal("invalid", f"{topic} n'est pas une table : rien à y effacer")
        else:
            topic, key = item.topic, item.key()
            value = item.model_dump_json(exclude_none=True).encode()
        if not key:
            raise Refusal("invalid", f"Clé vide pour {topic}")
        if value is not None and len(value) > MAX_RECORD_BYTES:
            raise Refusal(
                "too_large", f"Message trop grand pour {topic}", bytes=len(value), key=key
            )
        return Outgoing(topic, key.encode(), value, self._headers(topic, key, value))

    def _headers(self, topic: str, key: str, value: bytes | None) -> tuple[tuple[str, bytes], ...]:
        attributes = {
            "ce_specversion": "1.0",
            "ce_id": str(uuid.uuid4()),
            "ce_source": self._source,
            "ce_type": topic,
            "ce_time": self._clock.now().isoformat(),
            "ce_subject": key,
        }
        if value is not None:
            attributes["content-type"] = "application/json"
        if (trace := current_trace()) is not None:
            attributes["traceparent"] = trace.traceparent
        return tuple((name, text.encode()) for name, text in attributes.items())


def open_envelope(record: Record, event_type: type[EventT]) -> Received[EventT]:
    """The record, parsed. The attributes of a tombstone are optional, and only its `ce_time` is
    checked: an operator must be able to delete a key by hand.

    Raises `Refusal("invalid")` with the reason, which quotes attributes and names of fields, but
    no value of the data.
    """
    topic = record.position.topic
    attributes = _attributes(record)
    if record.key is None:
        raise Refusal("invalid", f"Message sans clé dans {topic}")
    if record.value is None and event_type.kind != "table":
        raise Refusal("invalid", f"Message sans contenu dans {topic}")
    if record.value is not None:
        _check(attributes, topic)
    at = f"{topic}/{record.position.partition}/{record.position.offset}"
    return Received(
        id=attributes.get("ce_id", at),
        source=attributes.get("ce_source", ""),
        time=_time(attributes, record),
        key=_text(record.key),
        data=None if record.value is None else _data(record.value, event_type),
        traceparent=attributes.get("traceparent"),
        position=record.position,
    )


def _attributes(record: Record) -> dict[str, str]:
    return {name: _text(value) for name, value in record.headers if value is not None}


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise Refusal("invalid", "Clé ou en-tête qui n'est pas de l'UTF-8") from error


def _check(attributes: Mapping[str, str], topic: str) -> None:
    missing = [n for n in ("ce_id", "ce_source", "ce_time") if not attributes.get(n)]
    if missing:
        raise Refusal("invalid", f"En-têtes CloudEvents absents : {', '.join(missing)}")
    if attributes.get("ce_specversion") != "1.0" or attributes.get("ce_type") != topic:
        raise Refusal(
            "invalid",
            f"Enveloppe inattendue dans {topic}",
            specversion=attributes.get("ce_specversion"),
            type=attributes.get("ce_type"),
        )


def _time(attributes: Mapping[str, str], record: Record) -> datetime:
    # OverflowError: the instant in UTC is before the year 1 or after the year 9999.
    if (text := attributes.get("ce_time")) is None:
        try:
            return _EPOCH + timedelta(milliseconds=record.timestamp)
        except OverflowError as error:
            raise Refusal("invalid", "L'horodatage du message est impossible") from error
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is None:
            raise Refusal("invalid", "ce_time est sans décalage horaire")
        return time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Refusal("invalid", "ce_time n'est pas un instant RFC 3339") from error


def _data(value: bytes, event_type: type[EventT]) -> EventT:
    try:
        return event_type.model_validate_json(value)
    except ValidationError as error:
        wrong: list[dict[str, Any]] = [
            {"where": ".".join(str(part) for part in e["loc"]), "what": e["type"]}
            for e in error.errors(include_input=False, include_url=False, include_context=False)
        ]
        raise Refusal(
            "invalid", f"Contenu hors du contrat de {event_type.topic}", errors=wrong
        ) from error
