"""The trace of one request: what it contains, and its canonical bytes.

BALP names the same facts: https://profiles.ihe.net/ITI/BALP/
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from esante.core.domain.resource import format_instant

_PATIENT_OF_REFERENCE: Final = re.compile(r"(?:^|/)Patient/([A-Za-z0-9\-.]{1,64})")
_PATIENT_IN_TEXT: Final = re.compile(rb"Patient/([A-Za-z0-9\-.]{1,64})")
_PATIENT_PARAMETERS: Final = frozenset({"patient", "subject", "patient:Patient", "subject:Patient"})
_CAN_NAME: Final = re.compile("%|[Pp]atient|subject|_id")
"""What a query contains that names patients: most name none, and need not be parsed."""
_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
MAX_PATIENTS: Final = 1000
"""Patients of one trace: the answer to one request has no more resources."""


@dataclass(frozen=True, slots=True)
class TracedCaller:
    """Who sent a request, as their token states it."""

    account: str
    """The pseudonym of the person or program."""
    role: str
    client: str | None
    """The id of the application."""
    fhir_user: str | None
    """Their FHIR resource: `Practitioner/1`."""
    organisation: str | None
    patient: str | None
    """The patient in context."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One request, after its execution and before its response."""

    id: str
    """That of its AuditEvent."""
    at: datetime
    caller: TracedCaller
    interaction: str
    """`read`, `search-type`, `create`, `$summary`…: the code of the route."""
    type: str
    """The resource type; empty for the system."""
    resource_id: str
    version: str
    query: str
    """The query string, and the form of a search by POST."""
    status: int
    """The HTTP status of the response."""
    patients: tuple[str, ...] = ()
    """The ids of the patients whose records the request concerns."""
    reason: str = ""
    """Of an emergency access, in the words of the caller."""
    emergencies: Mapping[str, str] = field(default_factory=dict)
    """The patients of those whose records only an emergency access opens to the caller, with the
    reason of that access; empty if it was not stored."""
    others: tuple[str, ...] = ()
    """The other resources that a transaction has written for the same patients in the same way, as
    `Observation/1/_history/1`."""

    def canonical(self) -> bytes:
        """The bytes that are stored and hashed: JSON, empty members left out."""
        who = self.caller
        members = {
            "id": self.id,
            "at": format_instant(self.at),
            "account": who.account,
            "role": who.role,
            "client": who.client,
            "user": who.fhir_user,
            "organisation": who.organisation,
            "self": who.patient,
            "interaction": self.interaction,
            "type": self.type,
            "resource": self.resource_id,
            "version": self.version,
            "query": self.query,
            "status": self.status,
            "patients": self.patients,
            "reason": self.reason,
            "emergencies": list(self.emergencies),
            "emergency_reasons": {each: why for each, why in self.emergencies.items() if why},
            "others": self.others,
        }
        return orjson.dumps({name: value for name, value in members.items() if value})


def patients_of_trace(stored: Mapping[str, Any]) -> list[str]:
    """The patients whose records a stored trace concerns: those of the resources, and those that
    the address and the query name."""
    found = list(stored.get("patients", ()))
    # A request that was refused can have any text there.
    if stored.get("type") == "Patient" and _ID.fullmatch(stored.get("resource", "")):
        found.append(stored["resource"])
    query = stored.get("query", "")
    for name, value in parse_qsl(query, errors="replace") if _CAN_NAME.search(query) else ():
        for each in value.split(","):
            reference = _PATIENT_OF_REFERENCE.search(each)
            named = name in _PATIENT_PARAMETERS or (stored.get("type"), name) == ("Patient", "_id")
            if reference:
                found.append(reference.group(1))
            elif named and _ID.fullmatch(each):
                found.append(each)
    # Of a patient's own application: whatever it requests is of their record.
    if stored.get("role") == "patient" and "self" in stored:
        found.append(stored["self"])
    return list(dict.fromkeys(found))


def patients_in(texts: Iterable[bytes]) -> list[str]:
    """The patients that resources refer to, in the order of the texts. `texts`: their JSON."""
    found: dict[bytes, None] = {}
    for text in texts:
        plain = text
        # An author can write any character as an escape.
        if b"\\" in text and (b"\\u" in text or b"\\/" in text):
            plain = orjson.dumps(orjson.loads(text))
        found |= dict.fromkeys(_PATIENT_IN_TEXT.findall(plain))
    return [each.decode() for each in list(found)[:MAX_PATIENTS]]
