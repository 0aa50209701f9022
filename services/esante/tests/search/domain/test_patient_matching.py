"""The grade of a patient that resembles a description."""

from typing import Any

import pytest

from esante.search.domain.patient_matching import Match, compare_patients, traits_of

INS = "urn:oid:1.2.250.1.213.1.4.8"
ADA: dict[str, Any] = {
    "identifier": [{"system": INS, "value": "274126999999"}],
    "name": [{"family": "Essai", "given": ["Ada", "Rose"]}],
    "birthDate": "1974-12-25",
    "gender": "female",
    "telecom": [{"system": "phone", "value": "06 01 02 03 04"}],
}


def without(*members: str) -> dict[str, Any]:
    return {name: value for name, value in ADA.items() if name not in members}


def compare(described: dict[str, Any]) -> Match:
    return compare_patients(traits_of(described), traits_of(ADA))


@pytest.mark.parametrize(
    ("described", "grade"),
    [
        (ADA, "certain"),
        (without("telecom", "gender"), "certain"),
        (without("identifier"), "probable"),
        (without("identifier", "telecom", "gender"), "probable"),
        (without("identifier", "birthDate"), "possible"),
        (without("identifier", "name"), "possible"),
        ({"identifier": ADA["identifier"]}, "possible"),
        ({"name": ADA["name"]}, "possible"),
        ({"name": [{"family": "ESSAI", "given": ["ada"]}], "birthDate": "1974-12-25"}, "probable"),
        ({"birthDate": "1974-12-25"}, None),
        ({}, None),
        # Contradictions: the same identifier for another person, another identifier for this one.
        (ADA | {"birthDate": "1975-12-25"}, "possible"),
        (ADA | {"identifier": [{"system": INS, "value": "1"}]}, "possible"),
        (ADA | {"identifier": [{"system": "urn:other", "value": "1"}]}, "probable"),
        # Malformed parts are left out.
        ({"name": "Essai", "identifier": [3], "telecom": {"value": 4}}, None),
    ],
)
def test_grades(described: dict[str, Any], grade: str | None) -> None:
    assert compare(described).grade == grade


def test_agreement_raises_the_score_and_contradiction_lowers_it() -> None:
    full = compare(ADA).score
    assert full == 100
    less = compare(without("identifier")).score
    other = compare(without("identifier") | {"gender": "male"}).score
    assert full > less > other
