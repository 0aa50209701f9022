"""Resources of two patients, and what a search over HTTP finds among them."""

from typing import Any
from urllib.parse import urlsplit

from fhir_world import BASE, Answer, FhirWorld

DUPONT = b"""{
  "resourceType": "Patient", "id": "dupont",
  "name": [ { "family": "Dupont", "given": ["Ana"] } ],
  "extension": [ { "url": "urn:x", "valueDecimal": 1.10 } ],
  "gender": "female", "generalPractitioner": [ { "reference": "Practitioner/leroy" } ]
}"""
OTHERS: list[dict[str, Any]] = [
    {"resourceType": "Practitioner", "id": "leroy", "name": [{"family": "Leroy"}]},
    {"resourceType": "Patient", "id": "durand", "name": [{"family": "Durand"}], "gender": "male"},
    {
        "resourceType": "Encounter",
        "id": "visite",
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": {"reference": "Patient/dupont"},
    },
    *(
        {
            "resourceType": "Observation",
            "id": f"poids{number}",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
            "subject": {"reference": f"Patient/{'dupont' if number < 3 else 'durand'}"},
            "encounter": {"reference": "Encounter/visite"},
            "valueQuantity": {"value": 70 + number, "unit": "kg"},
        }
        for number in range(5)
    ),
    {
        "resourceType": "Provenance",
        "id": "origine",
        "target": [{"reference": "Observation/poids0"}],
        "recorded": "2026-01-01T00:00:00Z",
        "agent": [{"who": {"reference": "Practitioner/leroy"}}],
    },
]


async def populate(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Patient/dupont", DUPONT)
    for each in OTHERS:
        answer = await fhir.send("PUT", f"/{each['resourceType']}/{each['id']}", each)
        assert answer.status == 201, answer.body


async def found(fhir: FhirWorld, path: str, mode: str = "match", **options: Any) -> list[str]:
    answer = await fhir.send("GET", path, **options)
    assert answer.status == 200, answer.body
    return ids(answer, mode)


def ids(answer: Answer, mode: str = "match") -> list[str]:
    return [
        each["resource"]["id"]
        for each in answer.json.get("entry", ())
        if each["search"]["mode"] == mode
    ]


def link(answer: Answer, relation: str) -> str:
    """The link's address below the base; empty where there is none."""
    for each in answer.json["link"]:
        if each["relation"] == relation:
            assert each["url"].startswith(BASE)
            parts = urlsplit(each["url"])
            return parts.path.removeprefix("/fhir") + (f"?{parts.query}" if parts.query else "")
    return ""
