"""The Communication that tells a patient's circle of an emergency access.

https://hl7.org/fhir/R4/communication.html
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from esante.core.domain.permissions import Author
from esante.core.domain.resource import format_instant
from socle.errors import Refusal

LIFE: Final = timedelta(hours=1)
"""How long an emergency access lasts."""
COMMUNICATION: Final = "Communication"
_SHORTEST, _LONGEST = 10, 1000
_CATEGORIES: Final = "http://terminology.hl7.org/CodeSystem/communication-category"
_REASONS: Final = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_PARIS: Final = ZoneInfo("Europe/Paris")


def require_reason(reason: str | None) -> str:
    """The reason of an emergency access, without the space around it. Raises Refusal, rule
    `unprocessable`, unless it has 10 to 1000 characters."""
    text = " ".join((reason or "").split())
    if not _SHORTEST <= len(text) <= _LONGEST:
        raise Refusal(
            "invalid",
            f"« reason » : dites pourquoi cet accès est urgent, en {_SHORTEST} à {_LONGEST}"
            " caractères ; le patient et son cercle de soins le liront.",
            rule="unprocessable",
            issue="required" if not text else "value",
            parameter="reason",
            expression=["Parameters.parameter.where(name='reason')"],
        )
    return text


def emergency_notice(
    patient: str,
    teams: Sequence[str],
    author: Author,
    name: str | None,
    *,
    reason: str,
    now: datetime,
) -> dict[str, Any]:
    """The Communication.

    `teams`: the ids of the CareTeams that receive it beside the patient. `name`: of the author,
    if it is known. `reason`: as `require_reason` returns it.
    """
    at, until = (each.astimezone(_PARIS) for each in (now, now + LIFE))
    who = name or author.fhir_user or "un professionnel dont le compte n'a pas d'identifiant"
    subject = {"reference": f"Patient/{patient}"}
    reference = {"reference": author.fhir_user} if author.fhir_user else {}
    sender = reference | ({"display": who} if name or not reference else {})
    return {
        "resourceType": COMMUNICATION,
        "status": "completed",
        "category": [{"coding": [{"system": _CATEGORIES, "code": "alert"}]}],
        "priority": "urgent",
        "subject": subject,
        "sent": format_instant(now),
        "recipient": [*({"reference": f"CareTeam/{each}"} for each in teams), subject],
        "sender": sender,
        "reasonCode": [{"coding": [{"system": _REASONS, "code": "BTG"}]}],
        "payload": [
            {
                "contentString": (
                    f"Accès d'urgence au dossier, le {at:%d/%m/%Y à %H:%M}, jusqu'à"
                    f" {until:%H:%M}, par {who}. Motif donné : {reason}"
                )
            }
        ],
    }


def person_name(person: dict[str, Any]) -> str | None:
    """The first name of a Patient or a Practitioner, as a text; None without one."""
    for each in person.get("name") or ():
        if isinstance(each, dict):
            parts = [*(each.get("given") or ()), each.get("family")]
            text = each.get("text") or " ".join(str(part) for part in parts if part)
            if text:
                return str(text)
    return None
