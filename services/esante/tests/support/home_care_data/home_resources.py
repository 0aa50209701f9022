"""Resources of home care, relative to an instant. Written as the standard's own JSON."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fhir_world import BASE

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def observation(code: str, value: Any, days: float, unit: str = "kg", name: str = "o") -> Any:
    return {
        "resourceType": "Observation",
        "id": f"{name}{days}".replace(".", "-"),
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": (NOW - timedelta(days=days)).isoformat(),
        "valueQuantity": {"value": value, "system": "http://unitsofmeasure.org", "code": unit},
    }


def planned(resource_type: str, hours: float, status: str) -> Any:
    end = (NOW - timedelta(hours=hours)).isoformat()
    subject = {"participant": [{"actor": {"reference": "Patient/p"}}], "end": end}
    if resource_type == "Task":
        subject = {
            "intent": "order",
            "for": {"reference": f"{BASE}/Patient/p"},
            "restriction": {"period": {"end": end}},
        }
    return {"resourceType": resource_type, "id": f"v{hours}", "status": status, **subject}


def given(hours: float, status: str) -> Any:
    return {
        "resourceType": "MedicationAdministration",
        "medicationCodeableConcept": {"text": "furosémide"},
        "id": f"m{hours}",
        "status": status,
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": (NOW - timedelta(hours=hours)).isoformat(),
    }


def message(days: float) -> Any:
    return {
        "resourceType": "Communication",
        "id": f"c{days}",
        "status": "completed",
        "subject": {"reference": "Patient/p"},
        "sender": {"reference": "Practitioner/1"},
        "sent": (NOW - timedelta(days=days)).isoformat(),
    }


def score(questionnaire: str, value: int) -> Any:
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "q",
        "status": "completed",
        "questionnaire": f"https://regionlab.fr/fhir/Questionnaire/{questionnaire}|1",
        "subject": {"reference": "Patient/p"},
        "authored": (NOW - timedelta(days=1)).isoformat(),
        "item": [{"linkId": "total", "answer": [{"valueInteger": value}]}],
    }


def pressures(high: float, low: float, days: float) -> list[Any]:
    found = []
    for each in range(12):
        one = observation("85354-9", 0, each * days / 11)
        del one["valueQuantity"]
        one["component"] = [
            {
                "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
                "valueQuantity": {"value": value, "code": "mm[Hg]"},
            }
            for code, value in (("8480-6", high), ("8462-4", low))
        ]
        found.append(one)
    return found
