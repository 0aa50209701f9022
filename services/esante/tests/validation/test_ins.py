"""The national health identity (INS): the conditions for a matricule."""

import json
from typing import Any

import pytest
from french import CORE, FR, INS_PATIENT, V2, again
from validator import errors_at

from esante.validation.domain.ins import matricule_problem
from esante.wiring.roles import wire_validator
from socle.errors import Refusal

NIR, NIA, TEST, DEMO = (f"urn:oid:1.2.250.1.213.1.4.{n}" for n in (8, 9, 10, 11))


@pytest.mark.parametrize(
    "value",
    [
        "280024523400195",
        "180022A00400184",  # Corse-du-Sud: 2A counts as 19
        "299052B03300154",  # Haute-Corse: 2B counts as 18
        "780024523400139",
    ],
)
def test_a_right_key(value: str) -> None:
    assert matricule_problem(value) is None


@pytest.mark.parametrize(
    "value",
    [
        "280024523400194",
        "280024523401095",
        "280022A00400184",
        "28002452340019",
        "2 80 02 45 234 001 95",
        "580024523400195",
        "2800245234001",
        "",
    ],
)
def test_a_wrong_one(value: str) -> None:
    assert matricule_problem(value)


def test_the_key_is_97_less_the_remainder() -> None:
    for number in (1000000000000, 2999999999999, 1850578006084, 2691299341006):
        keys = [f"{key:02}" for key in range(1, 98) if (number + key) % 97 == 0]
        found = [f"{k:02}" for k in range(100) if matricule_problem(f"{number}{k:02}") is None]
        assert found == keys


def changed(**members: Any) -> Any:
    patient = again(INS_PATIENT)
    patient.update(members)
    return patient


def test_without_the_profile_a_matricule_stays_home() -> None:
    for profiles in ([], [CORE + "fr-core-patient"]):
        patient = changed(meta={"profile": profiles} if profiles else {"versionId": "1"})
        assert errors_at(patient) == {"Patient.identifier": "business-rule"}


def test_its_key_is_checked() -> None:
    patient = again(INS_PATIENT)
    patient["identifier"][0]["value"] = "280024523400194"
    assert errors_at(patient) == {"Patient.identifier[0].value": "value"}


@pytest.mark.parametrize(
    ("place", "without"),
    [
        ("Patient.birthDate", lambda p: p.pop("birthDate")),
        ("Patient.gender", lambda p: p.pop("gender")),
        ("Patient.name", lambda p: p["name"].pop(0)),
        ("Patient.name", lambda p: p["name"][0].pop("extension")),
        ("Patient.name", lambda p: p["name"][0].pop("family")),
        ("Patient.extension", lambda p: p["extension"].pop(1)),
    ],
)
def test_traits_go_with_it(place: str, without: Any) -> None:
    patient = again(INS_PATIENT)
    without(patient)
    assert errors_at(patient)[place] == "required"


def test_only_a_checked_identity_has_one() -> None:
    patient = again(INS_PATIENT)
    for status in ("PROV", "RECUP"):
        patient["extension"][0]["extension"][0]["valueCoding"] = {
            "system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-identity-status",
            "code": status,
        }
        assert errors_at(patient) == {"Patient.extension": "business-rule"}
    patient["extension"][0]["extension"][0]["valueCoding"]["code"] = "QUAL"
    assert errors_at(patient) == {}


def test_a_validated_identity_has_a_matricule() -> None:
    patient = again(INS_PATIENT)
    patient["identifier"].pop(0)
    assert errors_at(patient) == {"Patient.identifier": "business-rule"}


def test_billing_is_no_matricule() -> None:
    """The social security number of FrCore's slice NSS has the same system, and is no INS."""
    number = {"use": "official", "system": NIR, "value": "280024523400195"}
    number["type"] = {"coding": [{"system": V2, "code": "NH"}]}
    patient = {"resourceType": "Patient", "identifier": [number]}
    assert errors_at(patient) == {}


def test_a_nia_is_a_matricule_too() -> None:
    patient = again(INS_PATIENT)
    patient["identifier"][0] |= {
        "use": "temp",
        "system": NIA,
        "type": {"coding": [{"system": FR, "code": "INS-NIA"}]},
    }
    assert errors_at(patient) == {}
    del patient["meta"]
    assert errors_at(patient) == {"Patient.identifier": "business-rule"}


@pytest.mark.parametrize("system", [TEST, DEMO])
def test_fictitious_ones_have_no_place_in_production(system: str) -> None:
    patient = {
        "resourceType": "Patient",
        "identifier": [{"system": system, "value": "280024523400195"}],
    }
    assert errors_at(patient) == {}
    production = wire_validator(production=True)
    with pytest.raises(Refusal) as refused:
        production.admit(patient, json.dumps(patient))
    assert [i.expression for i in refused.value.details["issues"]] == [("Patient.identifier[0]",)]
    assert refused.value.details["rule"] == "unprocessable"


def test_a_patient_within_something_else_is_one() -> None:
    patient = again(INS_PATIENT)
    del patient["meta"], patient["managingOrganization"]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient}]}
    assert errors_at(bundle) == {"Bundle.entry[0].resource.identifier": "business-rule"}
