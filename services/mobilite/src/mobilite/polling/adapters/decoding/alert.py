"""Walking one GTFS-RT Alert into its event, within bounds, with what is left out counted.

An alert is words for people: whatever its mistakes, what can be read of it is kept.
https://gtfs.org/documentation/realtime/reference/#message-alert
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from google.transit import gtfs_realtime_pb2 as gtfs_rt

from mobilite.events import AlertV1
from mobilite.gtfs.domain.alert_ambiguity import is_ambiguous
from mobilite.gtfs.domain.freshness import LAST_PLAUSIBLE
from mobilite.polling.adapters.decoding.descriptors import (
    Doubtful,
    Notes,
    local,
    mentioned_trip,
    note_newer_values,
    text,
    words,
)

LONGEST_TEXT: Final = 10_000
"""Characters of one text; what is beyond is cut, and says so by an ellipsis."""
MOST_TEXT: Final = 40_000
"""Characters of all the texts of an alert, in all languages."""
MOST_TRANSLATIONS: Final = 50
MOST_PERIODS: Final = 500
MOST_SELECTED: Final = 64 * 1024
"""Bytes of the selectors, as they came: some three thousand. With the texts, an alert stays well
within the record limit of a broker."""
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
}
"""Fields of the event by those of the message, the dearest first: the budget is spent in order."""


def check_alert(alert: gtfs_rt.Alert, *, feed_id: str) -> None:
    """Raises Doubtful where an alert says nothing, or where all it is about cannot be read."""
    told = any(alert.HasField(name) for name in TEXTS.values())
    if not told and not alert.HasField("effect") and not alert.HasField("cause"):
        raise Doubtful("alert_empty")
    if alert.informed_entity and not any(
        _readable(selector, feed_id) for selector in alert.informed_entity
    ):
        raise Doubtful("alert_unaddressed")


def walk_alert(
    content: bytes, *, feed_id: str, source: int, alert_id: str
) -> tuple[AlertV1, Notes]:
    """The event of one serialised Alert that `decode_message` has let through.

    Returns it with the doubts it raised, counted by code.
    """
    notes: Notes = Counter()
    alert = _ALERT.FromString(content)
    note_newer_values(alert, _ENUMS, notes)
    # communication_period took over from active_period what says when to show an alert.
    shown = alert.communication_period or alert.active_period
    event = AlertV1.model_validate(
        {
            "feed_id": feed_id,
            "source_index": source,
            "alert_id": alert_id,
            "active_periods": _periods(shown, notes),
            "impact_periods": _periods(alert.impact_period, notes),
            "informed_entities": _selectors(alert, notes, feed_id),
            "cause": _cause(alert.cause, notes),
            "effect": _EFFECT[alert.effect],
            "severity": _SEVERITY[alert.severity_level],
            **_texts(alert, notes),
        }
    )
    if is_ambiguous(event.effect, event.informed_entities):
        notes["alert_ambiguous"] += 1
    if not (event.header or event.description):
        notes["alert_without_text"] += 1
    return event, notes


def _cause(value: int, notes: Notes) -> str:
    """SPECIAL_EVENT came after the contract: the nearest of its values stands for it."""
    if value == _ALERT.SPECIAL_EVENT:
        notes["enum_unknown"] += 1
        return "OTHER_CAUSE"
    return _CAUSE[value]


def _readable(selector: gtfs_rt.EntitySelector, feed_id: str) -> bool:
    """An empty selector is: it is how some feeds say "the whole network"."""
    try:
        return not selector.ListFields() or bool(_selector(selector, Counter(), feed_id))
    except Doubtful:
        return False


def _selectors(alert: gtfs_rt.Alert, notes: Notes, feed_id: str) -> list[dict[str, Any]]:
    """What it is about; [] for the whole network."""
    found: list[dict[str, Any]] = []
    size = 0
    for selector in alert.informed_entity:
        size += selector.ByteSize() + 4
        if size > MOST_SELECTED:
            notes["alert_cut"] += 1
            break
        if not selector.ListFields():
            notes["selector_empty"] += 1
            continue
        try:
            found.append(_selector(selector, notes, feed_id))
        except Doubtful:
            notes["selector_invalid"] += 1
    return found


def _selector(selector: gtfs_rt.EntitySelector, notes: Notes, feed_id: str) -> dict[str, Any]:
    """Raises Doubtful where a condition cannot be read: without it, it would hold for more."""
    values: dict[str, Any] = {
        name: local(getattr(selector, name), notes, feed_id)
        for name in ("agency_id", "route_id", "stop_id")
        if getattr(selector, name)
    }
    if selector.HasField("route_type"):
        values["route_type"] = selector.route_type
    if selector.HasField("direction_id"):
        values["direction_id"] = selector.direction_id
    if selector.HasField("trip"):
        trip = mentioned_trip(selector.trip, notes, feed_id=feed_id)
        values["trip"] = trip.model_dump(exclude_none=True)
    if values.keys() <= {"direction_id"}:
        raise Doubtful("selector_invalid")
    return values


def _periods(periods: Iterable[gtfs_rt.TimeRange], notes: Notes) -> list[dict[str, int]]:
    """The periods that can be read; [] where one of them has no bounds at all.

    An end beyond all dates (9999-12-31) is an open one.
    """
    found: list[dict[str, int]] = []
    for period in periods:
        bounds = {"start": period.start, "end": period.end}
        told = {name: at for name, at in bounds.items() if 0 < at < LAST_PLAUSIBLE}
        if period.start >= LAST_PLAUSIBLE or (
            "start" in told and told.get("end", 2**63) < told["start"]
        ):
            notes["period_invalid"] += 1
        elif not told:
            return []
        elif len(found) == MOST_PERIODS:
            notes["alert_cut"] += 1
            break
        else:
            found.append(told)
    return found


def _texts(alert: gtfs_rt.Alert, notes: Notes) -> dict[str, list[dict[str, str | None]]]:
    left, found = MOST_TEXT, dict[str, list[dict[str, str | None]]]()
    for name, field in TEXTS.items():
        told: list[dict[str, str | None]] = []
        for translation in getattr(alert, field).translation[:MOST_TRANSLATIONS]:
            told_text = words(translation.text, notes)
            if len(told_text) > (most := min(LONGEST_TEXT, left)):
                notes["alert_cut"] += 1
                told_text = told_text[: most - 1] + "…" if most > 1 else ""
            left -= len(told_text)
            if told_text.strip():
                language = text(translation.language, notes)[:35]
                told.append({"text": told_text, "language": language or None})
        found[name] = told
    return found
