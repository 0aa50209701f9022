"""FrCore 2.1.0: valid resources have no issue, and each mistake is reported at its place."""

from collections.abc import Callable
from typing import Any

import french
import pytest
from french import again
from validator import VALIDATOR, errors_at

from esante.validation.domain.profiles.known_profiles import find_profile, fr_core

Change = Callable[[Any], Any]
GOOD = {
    "fr-core-patient-ins": french.INS_PATIENT,
    "fr-core-practitioner": french.PRACTITIONER,
    "fr-core-organization": french.ORGANIZATION,
    "fr-core-related-person": french.RELATED_PERSON,
    "fr-core-appointment": french.APPOINTMENT,
    "fr-core-schedule": french.SCHEDULE,
    "fr-core-slot": french.SLOT,
}


def profile_errors(resource: Any, name: str) -> dict[str, str]:
    """Each error against that profile: place and code."""
    found = VALIDATOR.check_profiles(resource, [french.CORE + name], required=True)
    return {each.expression[0]: each.code for each in found if each.severity == "error"}


@pytest.mark.parametrize("name", GOOD)
def test_good_resources(name: str) -> None:
    assert errors_at(GOOD[name]) == {}
    assert profile_errors(GOOD[name], name) == {}


def test_a_qualified_patient_is_a_patient_of_fr_core() -> None:
    assert profile_errors(french.INS_PATIENT, "fr-core-patient") == {}


MISTAKES: list[tuple[str, str, str, Change]] = [
    ("fr-core-patient-ins", "Patient.extension", "required", lambda p: p["extension"].pop(0)),
    ("fr-core-patient-ins", "Patient.extension", "required", lambda p: p["extension"].pop(1)),
    (
        "fr-core-patient-ins",
        "Patient.extension[1].valueAddress.extension",
        "required",
        lambda p: p["extension"][1]["valueAddress"].pop("extension"),
    ),
    (
        "fr-core-patient-ins",
        "Patient.extension[1].valueString",
        "structure",
        lambda p: p["extension"].__setitem__(
            1, {"url": p["extension"][1]["url"], "valueString": "Orléans"}
        ),
    ),
    (
        "fr-core-patient-ins",
        "Patient.extension[0].extension[1].valueCoding",
        "code-invalid",
        lambda p: p["extension"][0]["extension"][1]["valueCoding"].update(code="XX"),
    ),
    ("fr-core-patient-ins", "Patient.gender", "code-invalid", lambda p: p.update(gender="other")),
    ("fr-core-patient-ins", "Patient.birthDate", "required", lambda p: p.pop("birthDate")),
    ("fr-core-patient-ins", "Patient.name", "required", lambda p: p["name"].pop(0)),
    (
        "fr-core-patient-ins",
        "Patient.name[0].given",
        "structure",
        lambda p: p["name"][0].update(given=["Claire", "Anne"]),
    ),
    (
        "fr-core-patient-ins",
        "Patient.name[0].extension",
        "required",
        lambda p: p["name"][0].pop("extension"),
    ),
    (
        "fr-core-patient-ins",
        "Patient.identifier[0].system",
        "value",
        lambda p: p["identifier"][0].update(system="urn:oid:1.2.250.1.213.1.4.9"),
    ),
    (
        "fr-core-patient-ins",
        "Patient.identifier[1].use",
        "value",
        lambda p: p["identifier"][1].update(use="official"),
    ),
    (
        "fr-core-patient-ins",
        "Patient.identifier[1].system",
        "required",
        lambda p: p["identifier"][1].pop("system"),
    ),
    (
        "fr-core-patient",
        "Patient.identifier",
        "structure",
        lambda p: p.update(
            identifier=[
                {
                    "use": "secondary",
                    "system": "urn:oid:1.2.250.1.176.1.2",
                    "value": str(n),
                    "type": {"coding": [{"system": french.FR, "code": "NDP"}]},
                }
                for n in (1, 2)
            ]
        ),
    ),
    (
        "fr-core-patient",
        "Patient.telecom[0].system",
        "required",
        lambda p: p["telecom"][0].pop("system"),
    ),
    (
        "fr-core-patient",
        "Patient.managingOrganization",
        "value",
        lambda p: p.update(managingOrganization={"reference": "Location/l1"}),
    ),
    (
        "fr-core-practitioner",
        "Practitioner.identifier[1].value",
        "required",
        lambda p: p["identifier"][1].pop("value"),
    ),
    (
        "fr-core-practitioner",
        "Practitioner.identifier[0].type",
        "value",
        lambda p: p["identifier"][0]["type"]["coding"][0].update(code="RPPS"),
    ),
    (
        "fr-core-practitioner",
        "Practitioner.name[0].prefix",
        "structure",
        lambda p: p["name"][0].update(prefix=["M", "DR"]),
    ),
    (
        "fr-core-practitioner",
        "Practitioner.qualification[0].code.coding[2]",
        "structure",
        lambda p: p["qualification"][0]["code"]["coding"].append({"system": "urn:x", "code": "1"}),
    ),
    (
        "fr-core-organization",
        "Organization.identifier[1].system",
        "required",
        lambda o: o["identifier"][1].pop("system"),
    ),
    (
        "fr-core-organization",
        "Organization.extension",
        "structure",
        lambda o: o["extension"].append(o["extension"][0]),
    ),
    (
        "fr-core-organization",
        "Organization.identifier[0].use",
        "value",
        lambda o: o["identifier"][0].update(use="usual"),
    ),
    (
        "fr-core-organization",
        "Organization.type",
        "structure",
        lambda o: o["type"].append(o["type"][0]),
    ),
    (
        "fr-core-related-person",
        "RelatedPerson.identifier",
        "required",
        lambda r: r.pop("identifier"),
    ),
    (
        "fr-core-appointment",
        "Appointment.extension[0].valueReference",
        "value",
        lambda a: a["extension"][0].update(valueReference={"reference": "Device/d1"}),
    ),
    (
        "fr-core-appointment",
        "Appointment.specialty[0]",
        "code-invalid",
        lambda a: a.update(specialty=[{"coding": [{"system": "urn:x", "code": "1"}]}]),
    ),
    (
        "fr-core-schedule",
        "Schedule.serviceType",
        "structure",
        lambda s: s.update(serviceType=[{"text": "Consultation"}]),
    ),
    (
        "fr-core-schedule",
        "Schedule.extension[1].extension",
        "required",
        lambda s: s["extension"][1]["extension"].pop(2),
    ),
    (
        "fr-core-schedule",
        "Schedule.extension[1].extension[1].extension[0].valueCoding",
        "code-invalid",
        lambda s: s["extension"][1]["extension"][1]["extension"][0]["valueCoding"].update(
            code="SOUVENT"
        ),
    ),
    (
        "fr-core-slot",
        "Slot.serviceCategory",
        "structure",
        lambda s: s.update(serviceCategory=[{"text": "a"}, {"text": "b"}]),
    ),
]


@pytest.mark.parametrize(("name", "place", "code", "change"), MISTAKES)
def test_a_mistake_is_found(name: str, place: str, code: str, change: Change) -> None:
    resource = again(GOOD.get(name, french.INS_PATIENT))
    change(resource)
    assert profile_errors(resource, name).get(place) == code, profile_errors(resource, name)


def test_another_type_is_not_of_the_profile() -> None:
    assert profile_errors(french.SLOT, "fr-core-patient") == {"Slot": "structure"}


def test_an_unknown_profile_is_reported() -> None:
    assert profile_errors(french.SLOT, "fr-core-nothing") == {"Slot": "not-found"}


def test_every_profile_a_rule_names_is_known() -> None:
    for profile in fr_core().values():
        for rule in walk(profile.rule):
            for url in rule.profiles:
                assert find_profile(url), url


def walk(rule: Any) -> Any:
    yield rule
    for below in (*rule.children.values(), *rule.slices.values()):
        yield from walk(below)
