"""The Flag and the Communication of an alert. They are checked by fhir.resources when written."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from esante.home_care.domain.rule import Rule

_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/communication-category"
_FLAG_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/flag-category"
_DEVICE: Final = "#regle"


def flag(
    rule: Rule, patient: str, *, base: str, text: str, since: datetime, ended: datetime | None
) -> dict[str, Any]:
    """The Flag of an alert. `ended`: when it ended; None while it is open."""
    period = {"start": since.isoformat()}
    if ended is not None:
        period["end"] = max(since, ended).isoformat()
    return {
        "resourceType": "Flag",
        "contained": [_device(rule, base)],
        "status": "active" if ended is None else "inactive",
        "category": [{"coding": [{"system": _FLAG_CATEGORY, "code": "safety"}]}],
        "code": {"coding": [_coding(rule, base)], "text": text},
        "subject": {"reference": f"Patient/{patient}"},
        "period": period,
        "author": {"reference": _DEVICE},
    }


def communication(
    rule: Rule,
    patient: str,
    circles: Sequence[str],
    *,
    base: str,
    text: str,
    sent: datetime,
    about: str | None,
) -> dict[str, Any]:
    """The message to the circles. `about`: the id of the Flag, if there is one."""
    found: dict[str, Any] = {
        "resourceType": "Communication",
        "contained": [_device(rule, base)],
        "status": "completed",
        "category": [{"coding": [{"system": _CATEGORY, "code": "alert"}]}],
        "priority": rule.severity,
        "subject": {"reference": f"Patient/{patient}"},
        "sent": sent.isoformat(),
        "recipient": [{"reference": f"CareTeam/{each}"} for each in circles],
        "sender": {"reference": _DEVICE},
        "payload": [{"contentString": text}],
    }
    if not circles:
        # Without a circle, the message stays in the record.
        del found["recipient"]
    if about is not None:
        found["about"] = [{"reference": f"Flag/{about}"}]
    return found


def _device(rule: Rule, base: str) -> dict[str, Any]:
    """The rule, in the version that has spoken."""
    return {
        "resourceType": "Device",
        "id": _DEVICE[1:],
        "identifier": [{"system": f"{base}/CodeSystem/home-care-rule", "value": rule.id}],
        "deviceName": [{"name": rule.title, "type": "user-friendly-name"}],
        "version": [{"value": rule.version}],
    }


def _coding(rule: Rule, base: str) -> dict[str, str]:
    return {
        "system": f"{base}/CodeSystem/home-care-rule",
        "version": rule.version,
        "code": rule.id,
        "display": rule.title,
    }
