"""The record that an attack looks for: every resource in it names two words.

Requests contain the secret, and search by it. No request contains the marker: what has it in its
answer has read the record.
"""

import base64
from typing import Any

from record_access.attempts import Names

SHARED = [
    {"resourceType": "Practitioner", "id": "attack-doctor"},
    {"resourceType": "Organization", "id": "attack-org", "name": "org"},
    {"resourceType": "Location", "id": "attack-place"},
    {"resourceType": "Medication", "id": "attack-drug"},
]
"""What the record refers to, and everybody sees."""
_DOCTOR = {"reference": "Practitioner/attack-doctor"}


def planted(names: Names, marker: str) -> list[Any]:
    """A record of one resource of each type."""
    words = f"{names.secret} {marker}"
    subject = {"reference": f"Patient/{names.record}"}
    of = _care(names, words, subject) | _others(names, words, subject)
    return [{"resourceType": each, "id": names.record} | members for each, members in of.items()]


def marked_note(note_id: str, patient: str, marker: str) -> Any:
    """A note for a record that exists."""
    return {
        "resourceType": "Observation",
        "id": note_id,
        "status": "final",
        "code": {"text": marker},
        "subject": {"reference": f"Patient/{patient}"},
    }


def _code(names: Names, words: str) -> Any:
    return {"coding": [{"system": "urn:codes", "code": names.secret}], "text": words}


def identifier(names: Names) -> str:
    """The identifier of each resource, as a token of a search."""
    return f"urn:ids|{names.secret}-{names.record}"


def _care(names: Names, words: str, subject: Any) -> dict[str, Any]:
    system, _, value = identifier(names).partition("|")
    identifiers, code = [{"system": system, "value": value}], _code(names, words)
    return {
        "Patient": {
            "identifier": identifiers,
            "name": [{"family": words}],
            "birthDate": "1900-01-01",
            "address": [{"city": words}],
            "managingOrganization": {"reference": "Organization/attack-org"},
        },
        "Observation": {
            "status": "final",
            "code": code,
            "subject": subject,
            "identifier": identifiers,
            "performer": [_DOCTOR],
            "effectiveDateTime": "1900-01-01",
            "valueQuantity": {"value": 987654, "unit": "x"},
        },
        "Condition": {"code": code, "subject": subject, "asserter": _DOCTOR},
        "Encounter": {
            "status": "finished",
            "class": {"system": "urn:c", "code": names.secret, "display": words},
            "subject": subject,
            "location": [{"location": {"reference": "Location/attack-place"}}],
        },
        "MedicationRequest": {
            "status": "active",
            "intent": "order",
            "medicationReference": {"reference": "Medication/attack-drug"},
            "subject": subject,
            "note": [{"text": words}],
        },
        "DocumentReference": {
            "status": "current",
            "subject": subject,
            "description": words,
            "content": [{"attachment": {"url": f"Binary/{names.record}"}}],
        },
        "Appointment": {
            "status": "proposed",
            "description": words,
            "participant": [
                {"actor": subject, "status": "needs-action"},
                {"actor": _DOCTOR, "status": "needs-action"},
            ],
        },
    }


def _others(names: Names, words: str, subject: Any) -> dict[str, Any]:
    """Resources beside the record of care."""
    return {
        "CareTeam": {
            "status": "active",
            "name": words,
            "subject": subject,
            "participant": [{"member": _DOCTOR}],
        },
        "Communication": {
            "status": "completed",
            "subject": subject,
            "payload": [{"contentString": words}],
        },
        "Task": {"status": "ready", "intent": "order", "for": subject, "description": words},
        "Binary": {
            "contentType": "text/plain",
            "data": base64.b64encode(words.encode()).decode(),
            "securityContext": subject,
        },
        "List": {
            "status": "current",
            "mode": "working",
            "subject": subject,
            "title": words,
            "entry": [{"item": {"reference": f"Observation/{names.record}"}}],
        },
        "Group": {
            "type": "person",
            "actual": True,
            "name": words,
            "member": [{"entity": subject}],
        },
        "RelatedPerson": {"patient": subject, "name": [{"family": words}]},
        "Basic": {"code": _code(names, words)},
    }
