"""Converts a GTFS-RT Alert to its event, within size limits; omissions are counted.

Alerts are texts for people: every readable part is retained.
https://gtfs.org/documentation/realtime/reference/#message-alert
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from google.transit import gtfs_realtime_pb2 as gtfs_rt

from mobilite.events import AlertV1
from mobilite.gtfs.domain.alert_ambiguity import is_ambiguous
from mobilite.gtfs.domain.freshness import LAST_PLAUSIBLE
from mobilite.gtfs.domain.plain_text import is_plain
from mobilite.gtfs.domain.web_addresses import is_web_address
from mobilite.polling.adapters.decoding.descriptors import (
    Notes,
    RejectedEntity,
    decode_local_id,
    decode_partial_descriptor,
    decode_text,
    note_unknown_enums,
    visible_text,
)

MAX_TEXT_LENGTH: Final = 10_000
"""Characters of one text; a longer one is cut with an ellipsis."""
MAX_TOTAL_TEXT: Final = 40_000
"""Characters of all texts of an alert, in all languages."""
MAX_TRANSLATIONS: Final = 50
"""Translations of one text; more are left out."""
MAX_LANGUAGE_LENGTH: Final = 35
"""Characters of a BCP 47 code: RFC 5646, section 4.4.1."""
MAX_ADDRESS_LENGTH: Final = 2_000
"""Characters of the web address of a picture."""
MAX_MEDIA_TYPE_LENGTH: Final = 127
"""Characters of a media type: RFC 6838, section 4.2."""
MAX_PERIODS: Final = 500
"""Periods of one list; more are left out."""
MAX_SELECTOR_BYTES: Final = 64 * 1024
"""Serialised bytes of the selectors, some three thousand. With the texts, an alert stays well
within the record limit of a broker.
"""
_ALERT = gtfs_rt.Alert
_CAUSE = {v: n for n, v in _ALERT.Cause.items()}
_EFFECT = {v: n for n, v in _ALERT.Effect.items()}
_SEVERITY = {v: n for n, v in _ALERT.SeverityLevel.items()}
_ENUMS = frozenset(
    {
        _ALERT.CAUSE_FIELD_NUMBER,
        _ALERT.EFFECT_FIELD_NUMBER,
        _ALERT.SEVERITY_LEVEL_FIELD_NUMBER,
    }
)
TEXTS: Final = {
    "header": "header_text",
    "description": "description_text",
    "url": "url",
    "tts_header": "tts_header_text",
    "tts_description": "tts_description_text",
    "cause_detail": "cause_detail",
    "effect_detail": "effect_detail",
    "image_alternative_text": "image_alternative_text",
}
"""Event fields by message fields, most important first: the text limit is used in this order."""


def check_alert(alert: gtfs_rt.Alert, *, feed_id: str) -> None:
    """Check that an alert is usable. Raises RejectedEntity if it has no text, cause or effect, or
    if none of its selectors is readable."""
    has_text = any(alert.HasField(name) for name in TEXTS.values())
    if not has_text and not alert.HasField("effect") and not alert.HasField("cause"):
        raise RejectedEntity("alert_empty")
    if alert.informed_entity and not any(
        _readable(selector, feed_id) for selector in alert.informed_entity
    ):
        raise RejectedEntity("alert_unaddressed")


def decode_alert(
    content: bytes, *, feed_id: str, source: int, alert_id: str
) -> tuple[AlertV1, Notes]:
    """The event of one serialised Alert that `decode_message` accepted, with its doubts by code."""
    notes: Notes = Counter()
    alert = _ALERT.FromString(content)
    note_unknown_enums(alert, _ENUMS, notes)
    # communication_period replaces active_period: it says when to display an alert.
    periods = alert.communication_period or alert.active_period
    event = AlertV1.model_validate(
        {
            "feed_id": feed_id,
            "source_index": source,
            "alert_id": alert_id,
            "active_periods": _periods(periods, notes),
            "impact_periods": _periods(alert.impact_period, notes),
            "informed_entities": _selectors(alert, notes, feed_id),
            "cause": _cause(alert.cause, notes),
            "effect": _EFFECT[alert.effect],
            "severity": _SEVERITY[alert.severity_level],
            "image": _images(alert.image, notes),
            **_texts(alert, notes),
        }
    )
    if is_ambiguous(event.effect, event.informed_entities):
        notes["alert_ambiguous"] += 1
    if not (event.header or event.description):
        notes["alert_without_text"] += 1
    return event, notes


def _cause(value: int, notes: Notes) -> str:
    """The cause of the event. SPECIAL_EVENT is newer than the event's contract: the nearest value
    replaces it."""
    if value == _ALERT.SPECIAL_EVENT:
        notes["enum_unknown"] += 1
        return "OTHER_CAUSE"
    return _CAUSE[value]


def _readable(selector: gtfs_rt.EntitySelector, feed_id: str) -> bool:
    """Whether a selector can be converted. An empty one can: some feeds mean the entire network
    by it."""
    try:
        return not selector.ListFields() or bool(_selector(selector, Counter(), feed_id))
    except RejectedEntity:
        return False


def _selectors(alert: gtfs_rt.Alert, notes: Notes, feed_id: str) -> list[dict[str, Any]]:
    """The readable selectors; [] for the entire network."""
    found: list[dict[str, Any]] = []
    size = 0
    for selector in alert.informed_entity:
        size += selector.ByteSize() + 4  # with its field tag and length
        if size > MAX_SELECTOR_BYTES:
            notes["alert_cut"] += 1
            break
        if not selector.ListFields():
            notes["selector_empty"] += 1
            continue
        try:
            found.append(_selector(selector, notes, feed_id))
        except RejectedEntity:
            notes["selector_invalid"] += 1
    return found


def _selector(selector: gtfs_rt.EntitySelector, notes: Notes, feed_id: str) -> dict[str, Any]:
    """A selector as members of the event. Raises RejectedEntity if one of its conditions is
    unreadable: without it the selector would match more; or if it gives at most a direction."""
    values: dict[str, Any] = {
        name: decode_local_id(getattr(selector, name), notes, feed_id)
        for name in ("agency_id", "route_id", "stop_id")
        if getattr(selector, name)
    }
    if selector.HasField("route_type"):
        values["route_type"] = selector.route_type
    if selector.HasField("direction_id"):
        values["direction_id"] = selector.direction_id
    if selector.HasField("trip"):
        trip = decode_partial_descriptor(selector.trip, notes, feed_id=feed_id)
        values["trip"] = trip.model_dump(exclude_none=True)
    if values.keys() <= {"direction_id"}:
        raise RejectedEntity("selector_invalid")
    return values


def _periods(periods: Iterable[gtfs_rt.TimeRange], notes: Notes) -> list[dict[str, int]]:
    """The readable periods; [] if one of them has no bounds.

    A bound that is 0, or an end such as 9999-12-31, is left out: the period is open there.
    """
    found: list[dict[str, int]] = []
    for period in periods:
        bounds = {"start": period.start, "end": period.end}
        plausible = {name: at for name, at in bounds.items() if 0 < at < LAST_PLAUSIBLE}
        if period.start >= LAST_PLAUSIBLE or (
            "start" in plausible and plausible.get("end", 2**63) < plausible["start"]
        ):
            notes["period_invalid"] += 1
        elif not plausible:
            return []
        elif len(found) == MAX_PERIODS:
            notes["alert_cut"] += 1
            break
        else:
            found.append(plausible)
    return found


def _texts(alert: gtfs_rt.Alert, notes: Notes) -> dict[str, list[dict[str, str | None]]]:
    """The translations of each text, by member of the event, cut to the limits."""
    left, found = MAX_TOTAL_TEXT, dict[str, list[dict[str, str | None]]]()
    for name, field in TEXTS.items():
        translations: list[dict[str, str | None]] = []
        given = getattr(alert, field).translation
        if len(given) > MAX_TRANSLATIONS:
            notes["alert_cut"] += 1
        for translation in given[:MAX_TRANSLATIONS]:
            content = visible_text(translation.text, notes)
            if len(content) > (limit := min(MAX_TEXT_LENGTH, left)):
                notes["alert_cut"] += 1
                content = content[: limit - 1] + "…" if limit > 1 else ""
            left -= len(content)
            if content.strip():
                language = decode_text(translation.language, notes)[:MAX_LANGUAGE_LENGTH]
                translations.append({"text": content, "language": language or None})
        found[name] = translations
    return found


def _images(image: gtfs_rt.TranslatedImage, notes: Notes) -> list[dict[str, str | None]]:
    """The readable pictures, which are those with a web address."""
    found: list[dict[str, str | None]] = []
    for each in image.localized_image:
        address = decode_text(each.url, notes).strip()
        if not (is_web_address(address) and is_plain(address)) or (
            len(address) > MAX_ADDRESS_LENGTH
        ):
            notes["image_invalid"] += 1
        elif len(found) == MAX_TRANSLATIONS:
            notes["alert_cut"] += 1
            break
        else:
            media_type = visible_text(each.media_type, notes)[:MAX_MEDIA_TYPE_LENGTH]
            language = decode_text(each.language, notes)[:MAX_LANGUAGE_LENGTH]
            found.append(
                {"url": address, "media_type": media_type or None, "language": language or None}
            )
    return found
