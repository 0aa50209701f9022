"""The search parameters of the French CI-SIS guides: each finds a resource by its value, and not by
another one. https://interop.esante.gouv.fr/ig/fhir/"""

import re
from typing import Any
from urllib.parse import quote

import pytest
from fhir_world import BASE, FhirWorld

ANS, MHD = "https://interop.esante.gouv.fr/ig/fhir", "https://profiles.ihe.net/ITI/MHD"
ARCHIVED = {"url": f"{ANS}/pdsm/StructureDefinition/pdsm-ext-is-archived", "valueBoolean": True}
AUTHOR = {
    "url": f"{MHD}/StructureDefinition/ihe-authorOrg",
    "valueReference": {"reference": "Organization/chu"},
}
LOT: dict[str, Any] = {"resourceType": "List", "id": "a", "status": "current", "mode": "working"}

CARE_TEAM: dict[str, Any] = {
    "resourceType": "CareTeam",
    "id": "a",
    "period": {"start": "2026-01-10", "end": "2026-06-30"},
    "managingOrganization": [{"reference": "Organization/chu"}],
    "participant": [
        {
            "member": {"reference": "Organization/chu"},
            "period": {"start": "2026-02-01", "end": "2026-03-15"},
        },
        {"member": {"reference": "Organization/ssiad"}, "period": {"start": "2026-04-01"}},
    ],
}
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "a",
    "extension": [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace",
            "valueAddress": {"city": "Orléans", "country": "France"},
        },
        {"url": "urn:other", "valueAddress": {"city": "Blois"}},
    ],
}
APPOINTMENT: dict[str, Any] = {
    "resourceType": "Appointment",
    "id": "a",
    "status": "booked",
    "start": "2026-05-04T09:00:00+02:00",
    "end": "2026-05-04T09:15:00+02:00",
    "created": "2026-04-20",
    "priority": 5,
    "description": "Bilan annuel",
    "comment": "Venir à jeun",
    "participant": [{"status": "accepted", "actor": {"reference": "Patient/a"}}],
}
TRACE: dict[str, Any] = {
    "resourceType": "AuditEvent",
    "id": "a",
    "type": {"system": "urn:s", "code": "rest"},
    "recorded": "2026-05-04T09:00:00Z",
    "period": {"start": "2026-05-01T08:00:00Z", "end": "2026-05-02"},
    "agent": [{"requestor": True}],
    "source": {"observer": {"display": "x"}},
}
DOCUMENT: dict[str, Any] = {
    "resourceType": "DocumentReference",
    "id": "a",
    "status": "current",
    "extension": [ARCHIVED],
    "content": [
        {"attachment": {"contentType": "text/plain", "url": "Binary/b", "creation": "2026-03-02"}}
    ],
    "context": {"period": {"start": "2026-03-01", "end": "2026-03-02"}},
}
SUBMISSION: dict[str, Any] = LOT | {
    "extension": [
        ARCHIVED,
        AUTHOR,
        {
            "url": f"{MHD}/StructureDefinition/ihe-designationType",
            "valueCodeableConcept": {"coding": [{"system": "urn:loinc", "code": "11488-4"}]},
        },
        {
            "url": f"{MHD}/StructureDefinition/ihe-sourceId",
            "valueIdentifier": {"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3"},
        },
    ]
}
OF_SOURCE: dict[str, Any] = LOT | {"source": {"display": "CHU", "extension": [AUTHOR]}}
NOTIFICATION: dict[str, Any] = {
    "resourceType": "CommunicationRequest",
    "id": "a",
    "status": "active",
    "extension": [
        {
            "url": f"{ANS}/nde/StructureDefinition/event-type",
            "valueCoding": {"system": "urn:events", "code": "admission"},
        }
    ],
}
# (resource, queries that find it, queries that do not); the queries are separated by spaces.
CASES: tuple[tuple[dict[str, Any], str, str], ...] = (
    (
        CARE_TEAM,
        "start=2026-01-10 end=ge2026-06 start=2026-01&end=lt2026-07 "
        "managingOrganization=Organization/chu managingOrganization:missing=false "
        "participant-start=2026-04-01 participant-start=2026-02 participant-end=2026-03",
        "start=2026-06-30 start=gt2026-01-10 end=2026-01-10 end=2026-03-15 "
        "participant-start=2026-01-10 participant-end=2026-02-01 participant-end=gt2026-04 "
        "managingOrganization=Organization/ssiad",
    ),
    (
        PATIENT,
        "birthplace=orleans birthplace=Fra birthplace:exact=Orléans",
        "birthplace=blois birthplace=rleans",
    ),
    (
        APPOINTMENT,
        "start=2026-05-04 start=ge2026-05-01&start=lt2026-06-01 _sort=-start created=2026-04 "
        "priority=5 priority:not=4 _sort=priority description=bilan description=venir",
        "start=2026-04-20 start=gt2026-06 created=2026-05-04 priority=4 priority=50 "
        "description=annuel",
    ),
    (TRACE, "period-start=2026-05-01", "period-start=2026-05-02 period-start=2026-05-04"),
    (
        DOCUMENT,
        "isArchived=true creation=2026-03-02 period-start=2026-03-01 period-end=2026-03-02 "
        "period-start=ge2026-03&period-end=lt2026-04",
        "isArchived=false creation=2026-03-01 period-start=2026-03-02 period-end=2026-03-01",
    ),
    (
        SUBMISSION,
        "isArchived=true authorOrg=Organization/chu authorOrg.name=chu "
        "DesignationType=urn:loinc|11488-4 designationType=11488-4 "
        "SourceId=urn:oid:1.2.3 sourceId=urn:oid:1.2.3",
        "isArchived=false authorOrg=Organization/ssiad DesignationType=urn:loinc|1 "
        "SourceId=urn:oid:1.2 designationType:missing=true",
    ),
    (OF_SOURCE, "authorOrg=Organization/chu", "authorOrg=Organization/ssiad isArchived=true"),
    (
        NOTIFICATION,
        "event-type=admission event-type=urn:events|admission",
        "event-type=discharge event-type=urn:other|admission",
    ),
)


@pytest.mark.parametrize(
    ("resource", "found", "not_found"), CASES, ids=[each[0]["resourceType"] for each in CASES]
)
async def test_a_parameter_finds_by_its_value_alone(
    fhir: FhirWorld, resource: dict[str, Any], found: str, not_found: str
) -> None:
    for name in ("chu", "ssiad"):
        organization = {"resourceType": "Organization", "id": name, "name": name}
        assert (await fhir.send("PUT", f"/Organization/{name}", organization)).status == 201
    path = f"/{resource['resourceType']}"
    made = await fhir.send("PUT", f"{path}/{resource['id']}", resource)
    assert made.status == 201, made.body
    queries = [(each, 1) for each in found.split()] + [(each, 0) for each in not_found.split()]
    for query, total in queries:
        escaped = quote(query, safe="=&:/-")
        answer = await fhir.send("GET", f"{path}?{escaped}&_total=accurate")
        assert answer.status == 200, (query, answer.body)
        assert answer.json["total"] == total, query
    # They are announced.
    statement = (await fhir.send("GET", "/metadata")).json["rest"][0]["resource"]
    (of_type,) = (each for each in statement if each["type"] == resource["resourceType"])
    announced = {each["name"] for each in of_type["searchParam"]}
    names = {re.split("[:.=]", query)[0] for query, _ in queries}
    assert {name for name in names if not name.startswith("_")} <= announced


async def test_the_organization_of_a_care_team_is_included(fhir: FhirWorld) -> None:
    organization = {"resourceType": "Organization", "id": "chu", "active": True, "name": "CHU"}
    assert (await fhir.send("PUT", "/Organization/chu", organization)).status == 201
    assert (await fhir.send("PUT", "/CareTeam/a", CARE_TEAM)).status == 201
    for query in (
        "_include=CareTeam:managingOrganization",
        "managingOrganization.name=chu&_include=CareTeam:managingOrganization",
    ):
        answer = await fhir.send("GET", f"/CareTeam?{query}")
        types = [each["resource"]["resourceType"] for each in answer.json["entry"]]
        assert types == ["CareTeam", "Organization"], query


async def test_numbers_are_sorted_by_their_value(fhir: FhirWorld) -> None:
    for name, priority in (("a", 5), ("b", 10), ("c", 0), ("d", 200)):
        sent = APPOINTMENT | {"id": name, "priority": priority}
        assert (await fhir.send("PUT", f"/Appointment/{name}", sent)).status == 201
    for sort, expected in (("priority", "cabd"), ("-priority", "dbac")):
        answer = await fhir.send("GET", f"/Appointment?_sort={sort}&_count=2")
        seen = [each["resource"]["id"] for each in answer.json["entry"]]
        following = next(e["url"] for e in answer.json["link"] if e["relation"] == "next")
        answer = await fhir.send("GET", following.removeprefix(BASE))
        seen += [each["resource"]["id"] for each in answer.json["entry"]]
        assert "".join(seen) == expected
