"""The resources of `bench.esante.mix`: one of each of the nine types of the public k6 mix, of about
the sizes that its own have, which have no licence."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

_TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem/"
_SNOMED: Final = "http://snomed.info/sct"
_IDENTIFIER: Final = "https://exemple.org/identifiants"
_PERIOD: Final = {"start": "2017-11-04T16:36:19+01:00", "end": "2017-11-04T16:51:19+01:00"}
_ADDRESS: Final = {"line": ["12 rue Royale"], "city": "Orléans", "postalCode": "45000"}
_CHECK_UP: Final = ("185349003", "Encounter for check up (procedure)")
_AMOUNTS: Final = ("coinsurance", "payment", "submitted", "allowed", "deductible", "indicator")


def mix_resources(ids: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """One resource of each type. `ids`: of those that were created before, by type."""
    yield _patient()
    yield _place("Location", {"status": "active", "position": {"latitude": 47.9, "longitude": 1.9}})
    yield _place("Organization", {"active": True, "type": [_concept("organization-type", "prov")]})
    yield _practitioner()
    yield _encounter(_references(ids))
    yield _observation(_references(ids))
    yield _medication_request(_references(ids))
    yield _claim(_references(ids))
    yield _explanation(_references(ids))


def _references(ids: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {name: {"reference": f"{name}/{each}"} for name, each in ids.items()}


def _concept(system: str, code: str, display: str = "") -> dict[str, Any]:
    address = system if system.startswith("http") else _TERMINOLOGY + system
    coding = {"system": address, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]} | ({"text": display} if display else {})


def _identifiers(*values: str) -> list[dict[str, Any]]:
    return [{"system": f"{_IDENTIFIER}/{at}", "value": each} for at, each in enumerate(values)]


def _patient() -> dict[str, Any]:
    extension = "http://hl7.org/fhir/StructureDefinition/"
    place = [{"url": "latitude", "valueDecimal": 42.779}, {"url": "longitude", "valueDecimal": 1.2}]
    return {
        "resourceType": "Patient",
        "gender": "female",
        "birthDate": "2007-03-07",
        "multipleBirthBoolean": False,
        "address": [
            {**_ADDRESS, "extension": [{"url": extension + "geolocation", "extension": place}]}
        ],
        "name": [{"use": "official", "given": ["Lucie"], "family": "Exemple"}],
        "extension": [
            {"url": extension + "patient-mothersMaidenName", "valueString": "Mona Lefèvre"},
            {"url": extension + "patient-birthPlace", "valueAddress": {"city": "Tours"}},
            *(
                {"url": f"https://exemple.org/{each}", "valueDecimal": 13.821417689291083}
                for each in ("disability-years", "quality-years", "birth-weight", "utilisation")
            ),
        ],
        "communication": [
            {
                "language": {
                    "text": "Français",
                    "coding": [{"system": "urn:ietf:bcp:47", "code": "fr"}],
                }
            }
        ],
        "identifier": _identifiers("7ec34f99-4ae7-bb4c-cc1c", "999-40-7241", "dossier-1204"),
        "telecom": [{"use": "home", "value": "02 38 00 00 00", "system": "phone"}],
        "maritalStatus": _concept("v3-MaritalStatus", "S", "Never Married"),
    }


def _place(resource_type: str, others: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": resource_type,
        "identifier": _identifiers("5519120c-af24-3f39"),
        "name": "Centre de santé",
        "telecom": [{"system": "phone", "value": "02 38 11 11 11"}],
        "address": _ADDRESS if resource_type == "Location" else [_ADDRESS],
        **others,
    }


def _practitioner() -> dict[str, Any]:
    return {
        "resourceType": "Practitioner",
        "active": True,
        "gender": "female",
        "identifier": _identifiers("9999917195"),
        "name": [{"given": ["Alice"], "family": "Martin", "prefix": ["Dr"]}],
        "telecom": [{"use": "work", "value": "alice.martin@exemple.org", "system": "email"}],
        "address": [_ADDRESS],
    }


def _encounter(of: Mapping[str, dict[str, str]]) -> dict[str, Any]:
    return {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": "AMB", "system": _TERMINOLOGY + "v3-ActCode"},
        "identifier": _identifiers("00020ea3-43a9-39bc"),
        "type": [_concept(_SNOMED, "162673000", "General examination of patient (procedure)")],
        "subject": {**of["Patient"], "display": "Lucie Exemple"},
        "location": [{"location": {**of["Location"], "display": "Centre de santé"}}],
        "participant": [
            {
                "type": [_concept("v3-ParticipationType", "PPRF", "primary performer")],
                "period": _PERIOD,
                "individual": {**of["Practitioner"], "display": "Dr Alice Martin"},
            }
        ],
        "period": _PERIOD,
        "serviceProvider": {**of["Organization"], "display": "Centre de santé"},
    }


def _observation(of: Mapping[str, dict[str, str]]) -> dict[str, Any]:
    unit = {"unit": "{score}", "system": "http://unitsofmeasure.org", "code": "{score}"}
    display = "Pain severity - 0-10 verbal numeric rating [Score] - Reported"
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [_concept("observation-category", "vital-signs")],
        "code": _concept("http://loinc.org", "72514-3", display),
        "subject": of["Patient"],
        "encounter": of["Encounter"],
        "effectiveDateTime": "2020-12-22T11:07:07+00:00",
        "issued": "2020-12-22T11:07:07.442+00:00",
        "valueQuantity": {"value": 6, **unit},
    }


def _medication_request(of: Mapping[str, dict[str, str]]) -> dict[str, Any]:
    rx_norm, name = (
        "http://www.nlm.nih.gov/research/umls/rxnorm",
        "diphenhydrAMINE 25 MG Oral Tablet",
    )
    return {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": _concept(rx_norm, "1049630", name),
        "subject": of["Patient"],
        "encounter": of["Encounter"],
        "authoredOn": "2017-11-04T16:51:19+01:00",
        "requester": of["Practitioner"],
        "dosageInstruction": [{"sequence": 1, "asNeededBoolean": True}],
    }


def _claim(of: Mapping[str, dict[str, str]]) -> dict[str, Any]:
    check_up = _concept(_SNOMED, *_CHECK_UP)
    return {
        "resourceType": "Claim",
        "status": "active",
        "type": _concept("claim-type", "pharmacy"),
        "use": "claim",
        "patient": of["Patient"],
        "billablePeriod": _PERIOD,
        "created": "2017-11-04T16:51:19+01:00",
        "provider": of["Organization"],
        "priority": _concept("processpriority", "normal"),
        "prescription": of["MedicationRequest"],
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": "privée"}}],
        "item": [{"sequence": 1, "productOrService": check_up, "encounter": [of["Encounter"]]}],
        "total": {"value": 255, "currency": "EUR"},
    }


def _explanation(of: Mapping[str, dict[str, str]]) -> dict[str, Any]:
    patient, practitioner = of["Patient"], of["Practitioner"]
    item = {
        "category": _concept("https://exemple.org/variables/service", "1", "Medical care"),
        "productOrService": _concept(_SNOMED, *_CHECK_UP),
        "servicedPeriod": _PERIOD,
        "locationCodeableConcept": _concept(
            "ex-serviceplace", "19", "Off Campus-Outpatient Hospital"
        ),
    }
    amounts = [
        {
            "category": _concept(
                "https://exemple.org/variables/adjudication", each, f"Line {each}"
            ),
            "amount": {"value": 112.416, "currency": "EUR"},
        }
        for each in _AMOUNTS
    ]
    submitted = _concept("adjudication", "submitted", "Submitted Amount")
    return {
        "resourceType": "ExplanationOfBenefit",
        "contained": _contained(patient, practitioner),
        "identifier": _identifiers("5c71dc7e-c1bb-4a39", "99999999999"),
        "status": "active",
        "type": _concept("claim-type", "institutional"),
        "use": "claim",
        "patient": patient,
        "billablePeriod": _PERIOD,
        "created": "2017-11-04T16:51:19+01:00",
        "insurer": {"display": "privée"},
        "provider": practitioner,
        "referral": {"reference": "#referral"},
        "claim": of["Claim"],
        "outcome": "complete",
        "careTeam": [
            {
                "sequence": 1,
                "provider": practitioner,
                "role": _concept("claimcareteamrole", "primary", "Primary provider"),
            }
        ],
        "insurance": [{"focal": True, "coverage": {"reference": "#coverage", "display": "privée"}}],
        "item": [
            {"sequence": 1, **item, "encounter": [of["Encounter"]]},
            {"sequence": 2, **item, "adjudication": amounts},
        ],
        "total": [{"category": submitted, "amount": {"value": 265.52, "currency": "EUR"}}],
        "payment": {"amount": {"value": 112.416, "currency": "EUR"}},
    }


def _contained(patient: dict[str, str], practitioner: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "resourceType": "ServiceRequest",
            "id": "referral",
            "status": "completed",
            "intent": "order",
            "subject": patient,
            "requester": practitioner,
            "performer": [practitioner],
        },
        {
            "resourceType": "Coverage",
            "id": "coverage",
            "status": "active",
            "type": {"text": "privée"},
            "beneficiary": patient,
            "payor": [{"display": "privée"}],
        },
    ]
