"""Requests of a caller to whom a record is closed, and secrets planted in it."""

import re
from collections.abc import Iterator
from typing import Any

from fhir_bundles import bundle, entry
from fhir_world import Answer, FhirWorld

SECRET = "xyzzysecret"
VICTIM, ABSENT = "victim", "absent"
_CODE = {"coding": [{"system": "urn:codes", "code": SECRET}], "text": SECRET}
_VARIABLE = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
)

Request = tuple[str, str, Any, str]
"""Method, path, body, media type."""


def secrets(patient: str) -> list[Any]:
    """A record, every resource of which names the secret."""
    subject = {"reference": f"Patient/{patient}"}
    identifier = [{"system": "urn:ids", "value": f"{SECRET}-{patient}"}]
    doctor = {"reference": "Practitioner/doctor"}
    of: dict[str, Any] = {
        "Patient": {
            "identifier": identifier,
            "name": [{"family": SECRET}],
            "managingOrganization": {"reference": "Organization/org"},
        },
        "Observation": {
            "status": "final",
            "code": _CODE,
            "subject": subject,
            "identifier": identifier,
            "performer": [doctor],
            "effectiveDateTime": "2026-01-01",
        },
        "Condition": {"code": _CODE, "subject": subject, "asserter": doctor},
        "Encounter": {
            "status": "finished",
            "class": {"system": "urn:c", "code": SECRET},
            "subject": subject,
            "location": [{"location": {"reference": "Location/place"}}],
        },
    } | _others(patient)
    return [{"resourceType": each, "id": patient} | members for each, members in of.items()]


def _others(patient: str) -> dict[str, Any]:
    """Resources beside the record of care, by type."""
    subject, doctor = {"reference": f"Patient/{patient}"}, {"reference": "Practitioner/doctor"}
    return {
        "CareTeam": {
            "status": "active",
            "name": SECRET,
            "subject": subject,
            "participant": [{"member": doctor}],
        },
        "Communication": {
            "status": "completed",
            "subject": subject,
            "payload": [{"contentString": SECRET}],
        },
        "MedicationRequest": {
            "status": "active",
            "intent": "order",
            "medicationReference": {"reference": "Medication/drug"},
            "subject": subject,
            "note": [{"text": SECRET}],
        },
        "Task": {"status": "ready", "intent": "order", "for": subject, "description": SECRET},
        "Binary": {
            "contentType": "text/plain",
            "data": "eHl6enlzZWNyZXQ=",
            "securityContext": subject,
        },
        "List": {
            "status": "current",
            "mode": "working",
            "subject": subject,
            "title": SECRET,
            "entry": [{"item": {"reference": f"Observation/{patient}"}}],
        },
        "Group": {
            "type": "person",
            "actual": True,
            "name": SECRET,
            "member": [{"entity": subject}],
        },
        "Basic": {"code": _CODE},
    }


SHARED = [
    {"resourceType": "Practitioner", "id": "doctor"},
    {"resourceType": "Organization", "id": "org", "name": "org"},
    {"resourceType": "Location", "id": "place"},
    {"resourceType": "Medication", "id": "drug"},
]


def searches(name: str) -> list[str]:
    """Addresses of operations, and of searches by values, chains, `_has` and inclusions."""
    return [
        f"Patient/{name}/$everything",
        f"Patient/{name}/$summary",
        f"Patient/{name}/*",
        f"Patient/{name}/Observation?_total=accurate",
        f"Observation/$lastn?patient={name}",
        "Practitioner/doctor/Observation",
        "Practitioner/doctor/*?_total=accurate",
        f"Practitioner?_has:Observation:performer:patient={name}&_total=accurate",
        f"Practitioner?_has:Observation:performer:code={SECRET}",
        f"Practitioner?_has:CareTeam:participant:subject:Patient.name={SECRET}",
        f"Organization?_has:Patient:organization:family={SECRET}&_total=accurate",
        f"Location?_has:Encounter:location:subject={name}",
        "Practitioner?_revinclude=*&_revinclude:iterate=*",
        "Organization?_revinclude=Patient:organization",
        "Medication?_revinclude=MedicationRequest:medication&_include:iterate=*",
        "Location?_revinclude=Encounter:location&_include:iterate=Encounter:subject",
        f"?_type=Patient,Observation,Task&_id={name}&_total=accurate",
        "?_lastUpdated=gt2000&_total=accurate",
        f"Observation?subject:Patient.name={SECRET}&_total=accurate",
        f"Observation?subject.identifier=urn:ids|{SECRET}-{name}&_summary=count",
        f"Observation?_list={name}",
        f"Observation?_filter=code eq {SECRET}",
        f"Observation?code={SECRET}&_sort=-date&_elements=code",
        f"Observation?code:not=urn:x|{SECRET}&_total=accurate",
        f"Observation?_content={SECRET}",
        f"Patient?_text={SECRET}",
        f"Patient?name:contains={SECRET[:6]}&_sort=family&_total=accurate",
        f"Patient?identifier=urn:ids|{SECRET}-{name}",
        "Patient?name:missing=false&_summary=count",
        f"Patient?_has:Observation:patient:code={SECRET}&_total=accurate",
        f"Patient?link=Patient/{name}",
        "$meta",
        "Observation/$meta",
        "Observation/_history",
        "_history",
        f"Group/{name}/$export",
        "$export",
    ]


def reads(name: str) -> Iterator[Request]:
    """Reads and searches that name a record, by every way that takes an id or a value."""
    paths = searches(name)
    for resource_type in (each["resourceType"] for each in secrets(name)):
        paths += [
            f"{resource_type}/{name}",
            f"{resource_type}/{name}?_elements=id",
            f"{resource_type}/{name}/_history",
            f"{resource_type}/{name}/_history/1",
            f"{resource_type}/{name}/$meta",
            f"{resource_type}?_id={name}&_total=accurate",
            f"{resource_type}?_summary=count",
            f"{resource_type}?_lastUpdated=gt2000&_sort=_lastUpdated&_count=1",
        ]
    for path in paths:
        yield "GET", f"/{path}".replace(" ", "%20"), None, "application/fhir+json"
    patient = {"resourceType": "Patient", "name": [{"family": SECRET}]}
    matched = {
        "resourceType": "Parameters",
        "parameter": [{"name": "resource", "resource": patient}],
    }
    yield "POST", "/Patient/$match", matched, "application/fhir+json"
    batch = bundle(*(entry("GET", path) for path in paths[:20]), bundle_type="batch")
    yield "POST", "", batch, "application/fhir+json"


def writes(name: str) -> Iterator[Request]:
    """Writes to a record, and ways into its circle."""
    subject = {"reference": f"Patient/{name}"}
    me = [{"member": {"reference": "Practitioner/attacker"}}]
    team = {"resourceType": "CareTeam", "status": "active", "subject": subject, "participant": me}
    note = {"resourceType": "Observation", "status": "final", "code": _CODE, "subject": subject}
    document = {
        "resourceType": "DocumentReference",
        "status": "current",
        "subject": subject,
        "content": [{"attachment": {"url": f"Binary/{name}"}}],
    }
    json = "application/fhir+json"
    patch = [{"op": "add", "path": "/language", "value": "fr"}]
    for resource in secrets(name):
        place = f"/{resource['resourceType']}/{name}"
        yield "PATCH", place, patch, "application/json-patch+json"
        yield "DELETE", place, None, json
    linked = {"resourceType": "Patient", "link": [{"other": subject, "type": "seealso"}]}
    group = {
        "resourceType": "Group",
        "type": "person",
        "actual": True,
        "member": [{"entity": subject}],
    }
    for resource in (team, note, document, linked, group):
        yield "POST", f"/{resource['resourceType']}", resource, json
    yield (
        "POST",
        "",
        bundle(entry("POST", "CareTeam", team), entry("POST", "Observation", note)),
        json,
    )
    yield "DELETE", f"/Observation?identifier=urn:ids|{SECRET}-{name}", None, json
    by_condition = {"reference": f"Patient?identifier=urn:ids|{SECRET}-{name}"}
    yield "POST", "", bundle(entry("POST", "Observation", note | {"subject": by_condition})), json
    yield "POST", f"/Observation/{name}/$validate", None, json


def anonymised(answer: Answer, name: str) -> tuple[int, str]:
    """Status and body, without the name of the record, ids and instants that always differ."""
    text = _VARIABLE.sub("*", answer.body.decode(errors="replace"))
    return answer.status, text.replace(name, "NAME")


async def request_as(fhir: FhirWorld, request: Request, by: dict[str, Any]) -> Answer:
    method, path, body, media = request
    return await fhir.send(method, path, body, media=media, **by)
