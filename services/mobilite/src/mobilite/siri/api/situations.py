"""Alerts as PtSituationElement, and those that only inform as GeneralMessage.

https://gtfs.org/documentation/realtime/reference/#message-alert
"""

from collections.abc import Mapping
from typing import Final

from mobilite.alerts.api.alert_texts import effect_words
from mobilite.alerts.domain.alert import Alert, Period
from mobilite.alerts.flows.list_alerts import ListedAlert
from mobilite.gtfs.domain.enumerations import Cause, Effect, Severity
from mobilite.http.api.times import LocalTime, local_time
from mobilite.siri.api.affects import affected, affected_refs
from mobilite.siri.api.tree import Element, Ref, Texts

_CAUSES: Final[Mapping[Cause, str]] = {
    "UNKNOWN_CAUSE": "unknown",
    "OTHER_CAUSE": "miscellaneous",
    "TECHNICAL_PROBLEM": "technicalProblem",
    "STRIKE": "industrialAction",
    "DEMONSTRATION": "demonstration",
    "ACCIDENT": "accident",
    "HOLIDAY": "holiday",
    "WEATHER": "poorWeather",
    "MAINTENANCE": "maintenanceWork",
    "CONSTRUCTION": "constructionWork",
    "POLICE_ACTIVITY": "policeActivity",
    "MEDICAL_EMERGENCY": "emergencyMedicalServices",
}
_CONDITIONS: Final[Mapping[Effect, str]] = {
    "NO_SERVICE": "noService",
    "REDUCED_SERVICE": "limitedOperation",
    "SIGNIFICANT_DELAYS": "majorDelays",
    "DETOUR": "diverted",
    "ADDITIONAL_SERVICE": "additionalService",
    "MODIFIED_SERVICE": "altered",
    "OTHER_EFFECT": "undefinedStatus",
    "UNKNOWN_EFFECT": "unknown",
    "STOP_MOVED": "stopMoved",
    "NO_EFFECT": "normalService",
    "ACCESSIBILITY_ISSUE": "undefinedServiceInformation",
}
_SEVERITIES: Final[Mapping[Severity, str]] = {
    "UNKNOWN_SEVERITY": "unknown",
    "INFO": "slight",
    "WARNING": "normal",
    "SEVERE": "severe",
}
INFORMATION: Final = "Information"
"""The channel of general messages. Disruptions are situations only (SIRI-FR, SX001)."""


def situation(alert: ListedAlert, now: int) -> Element:
    """One PtSituationElement at `now` (POSIX seconds)."""
    content, local = alert.alert, _local(alert)
    known_at = now if alert.as_of is None else alert.as_of
    separate = content.periods if content.impacts else ()
    words = content.header or effect_words(content)
    return {
        # GTFS-Realtime does not state when an alert was written: the last poll that has it.
        "CreationTime": local(known_at),
        "ParticipantRef": Ref(content.feed_id),
        "SituationNumber": Ref(content.id),
        "Source": {"SourceType": "feed"},
        "Progress": "closed" if content.when(now) == "past" else "published",
        "ValidityPeriod": [_period(each, local, known_at) for each in content.effective],
        "PublicationWindow": [_period(each, local, known_at) for each in separate],
        "AlertCause": _CAUSES[content.cause],
        "Severity": _SEVERITIES[content.severity],
        "Summary": words,
        "Description": content.description,
        "InfoLinks": _links(content),
        "Affects": affected(alert),
        "Consequences": {"Consequence": [{"Condition": _CONDITIONS[content.effect]}]},
    }


def general_message(alert: ListedAlert, now: int) -> Element | None:
    """One GeneralMessage; None for an alert that is a disruption, or not in effect at `now`: a
    message has no start."""
    content, local = alert.alert, _local(alert)
    if content.disrupts or content.when(now) != "now":
        return None
    end = content.period_at(now).end
    return {
        "@formatRef": "France",
        "RecordedAtTime": local(now if alert.as_of is None else alert.as_of),
        "ItemIdentifier": content.id,
        "InfoMessageIdentifier": Ref(content.id),
        "InfoChannelRef": Ref(INFORMATION),
        "ValidUntilTime": None if end is None else local(end),
        "Content": {
            **affected_refs(alert),
            "Message": [
                *_messages("shortMessage", content.header or effect_words(content)),
                *_messages("longMessage", content.description),
            ],
        },
    }


def _messages(message_type: str, texts: Texts) -> list[Element]:
    return [{"MessageType": message_type, "MessageText": (each,)} for each in texts]


def _local(alert: ListedAlert) -> LocalTime:
    schedule = alert.index.schedule
    assert schedule is not None  # `list_situations` lists alerts of feeds with a timetable
    return local_time(schedule.timetable.zone(0))


def _period(period: Period, local: LocalTime, known_at: int) -> Element:
    """A period. SIRI wants a start: of an open one, the instant at which it is known, but not one
    after its end."""
    start = period.start
    if start is None:
        start = known_at if period.end is None else min(known_at, period.end)
    return {"StartTime": local(start), "EndTime": period.end and local(period.end)}


def _links(alert: Alert) -> Element | None:
    links = [{"Uri": each.text} for each in alert.url]
    return {"InfoLink": links} if links else None
