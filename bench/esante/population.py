"""The resources of the benchmarks, and the requests that read, search and create them."""

import json
import random
from collections.abc import Iterator
from typing import Any, Final

from bench.esante.fhir_server import FhirServer

CODES: Final = [f"{8000 + n}-{n % 10}" for n in range(100)]
LOINC: Final = "http://loinc.org"
_RESOURCES_PER_PATIENT: Final = 10


def patient(number: int) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:oid:1.2.250.1.71.4.2.1", "value": f"bench-{number}"}],
        "name": [{"family": f"Exemple{number % 997}", "given": ["Lucie", "Marie"]}],
        "gender": "female" if number % 2 else "male",
        "birthDate": f"{1930 + number % 90}-{1 + number % 12:02}-{1 + number % 28:02}",
        "address": [{"city": "Orléans", "postalCode": "45000"}],
    }


def observation(subject: str) -> dict[str, Any]:
    day = f"{random.randint(2020, 2025)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
    category = "http://terminology.hl7.org/CodeSystem/observation-category"
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": category, "code": "laboratory"}]}],
        "code": {"coding": [{"system": LOINC, "code": random.choice(CODES)}]},
        "subject": {"reference": subject},
        "effectiveDateTime": f"{day}T08:20:00+01:00",
        "valueQuantity": {
            "value": random.randint(1, 200),
            "unit": "mmol/L",
            "system": "http://unitsofmeasure.org",
            "code": "mmol/L",
        },
    }


def transaction(resources: Iterator[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    entries = [
        {
            "fullUrl": name,
            "resource": resource,
            "request": {"method": "POST", "url": resource["resourceType"]},
        }
        for name, resource in resources
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def population(count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """`count` resources with their fullUrls: a patient, then nine observations of it, and so on."""
    subject = ""
    for number in range(count):
        name = f"urn:uuid:{number}"
        if number % _RESOURCES_PER_PATIENT == 0:
            subject = name
            yield name, patient(random.getrandbits(40))
        else:
            yield name, observation(subject)


def import_resources(server: FhirServer, count: int) -> list[str]:
    """Create `count` resources in one transaction; returns the ids of the new patients."""
    answer = server.request("/fhir", transaction(population(count)))
    places = [entry["response"]["location"].split("/") for entry in answer["entry"]]
    return [each[1] for each in places if each[0] == "Patient"]


def import_bundles(server: FhirServer, bundles: int, entries: int) -> list[str]:
    """Create resources in transactions of that many entries, one after the other; returns the ids
    of the new patients."""
    return [each for _ in range(bundles) for each in import_resources(server, entries)]


def reads(patients: list[str]) -> list[str]:
    return [f"/fhir/Patient/{each}" for each in patients]


def lone_patient() -> str:
    return json.dumps({"method": "POST", "target": "/fhir/Patient", "body": patient(1)})


def searches(patients: list[str]) -> dict[str, list[str]]:
    codes = [f"{LOINC}|{each}" for each in CODES]
    observations = "/fhir/Observation?_count=20&"
    return {
        "search by code": [f"{observations}code={c}" for c in codes],
        "search by patient and date": [
            f"{observations}patient={p}&date=ge2023-01-01&_sort=-date" for p in patients
        ],
        "search chained": [f"{observations}patient.gender=female&code={c}" for c in codes],
        "search _has": [
            f"/fhir/Patient?_has:Observation:patient:code={c}&_count=20" for c in codes
        ],
    }
