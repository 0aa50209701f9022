"""FHIRPath Patch, operation by operation, as in its specification."""

import copy
from typing import Any

import pytest

from esante.interactions.domain.patch.fhirpath_patch import apply_fhirpath_patch, read_operations
from socle.errors import Refusal

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p",
    "birthDate": "1920-01-01",
    "identifier": [{"system": "a", "value": "1"}, {"system": "b", "value": "2"}],
    "name": [{"use": "official", "family": "F", "given": ["A", "B", "C"]}, {"text": "X"}],
    "contact": [{"name": {"text": "a name"}, "gender": "female"}],
    "deceasedBoolean": False,
    "extension": [{"url": "http://e/1", "valueString": "x"}],
    "active": True,
}


def operation(operation_type: str, path: str, **parts: Any) -> dict[str, Any]:
    members: list[dict[str, Any]] = [
        {"name": "type", "valueCode": operation_type},
        {"name": "path", "valueString": path},
    ]
    for name, value in parts.items():
        key = "valueString" if name == "name" else "valueInteger"
        members.append({"name": name} | (value if isinstance(value, dict) else {key: value}))
    return {"name": "operation", "part": members}


def patched(*operations: dict[str, Any]) -> dict[str, Any]:
    before = copy.deepcopy(PATIENT)
    read = read_operations({"resourceType": "Parameters", "parameter": list(operations)})
    after = apply_fhirpath_patch(before, read)
    assert before == PATIENT
    return after


def changed(*operations: dict[str, Any]) -> dict[str, Any]:
    """The members that are not what they were; None for those that went."""
    after = patched(*operations)
    return {
        name: after.get(name)
        for name in {**PATIENT, **after}
        if after.get(name) != PATIENT.get(name)
    }


CASES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        operation("replace", "Patient.birthDate", value={"valueDate": "1930-01-01"}),
        {"birthDate": "1930-01-01"},
    ),
    (operation("delete", "Patient.birthDate"), {"birthDate": None}),
    (operation("delete", "Patient.maritalStatus"), {}),
    (
        operation("replace", "Patient.contact[0].gender", value={"valueCode": "male"}),
        {"contact": [{"name": {"text": "a name"}, "gender": "male"}]},
    ),
    (operation("delete", "Patient.contact[0]"), {"contact": None}),
    (
        operation("delete", "Patient.contact[0].name"),
        {"contact": [{"gender": "female"}]},
    ),
    (
        operation(
            "add", "Patient", name="maritalStatus", value={"valueCodeableConcept": {"text": "m"}}
        ),
        {"maritalStatus": {"text": "m"}},
    ),
    (
        operation("add", "Patient", name="identifier", value={"valueIdentifier": {"value": "3"}}),
        {"identifier": [*PATIENT["identifier"], {"value": "3"}]},
    ),
    (
        operation(
            "add",
            "Patient",
            name="contact",
            value={
                "part": [
                    {"name": "name", "valueHumanName": {"text": "n"}},
                    {"name": "telecom", "valueContactPoint": {"value": "1"}},
                    {"name": "telecom", "valueContactPoint": {"value": "2"}},
                ]
            },
        ),
        {
            "contact": [
                *PATIENT["contact"],
                {"name": {"text": "n"}, "telecom": [{"value": "1"}, {"value": "2"}]},
            ]
        },
    ),
    (
        operation(
            "insert", "Patient.identifier", index=1, value={"valueIdentifier": {"value": "9"}}
        ),
        {
            "identifier": [
                {"system": "a", "value": "1"},
                {"value": "9"},
                {"system": "b", "value": "2"},
            ]
        },
    ),
    (
        operation("move", "Patient.identifier", source=1, destination=0),
        {"identifier": [{"system": "b", "value": "2"}, {"system": "a", "value": "1"}]},
    ),
    (
        operation("delete", "Patient.identifier.where(system = 'a' and value = '1')"),
        {"identifier": [{"system": "b", "value": "2"}]},
    ),
    (
        operation("delete", "Patient.name.where(use='official').given.where($this = 'B')"),
        {"name": [{"use": "official", "family": "F", "given": ["A", "C"]}, {"text": "X"}]},
    ),
    (
        operation("replace", "Patient.name.first().given.last()", value={"valueString": "Z"}),
        {"name": [{"use": "official", "family": "F", "given": ["A", "B", "Z"]}, {"text": "X"}]},
    ),
    (
        operation("replace", "Patient.deceased", value={"valueBoolean": True}),
        {"deceasedBoolean": True},
    ),
    (
        operation("replace", "Patient.deceased", value={"valueDateTime": "2020"}),
        {"deceasedBoolean": None, "deceasedDateTime": "2020"},
    ),
    (
        operation("replace", "Patient.extension('http://e/1').value", value={"valueString": "y"}),
        {"extension": [{"url": "http://e/1", "valueString": "y"}]},
    ),
    (
        operation(
            "add",
            "Patient",
            name="extension",
            value={"part": [{"name": "url", "valueUri": "u"}, {"name": "value", "valueCode": "c"}]},
        ),
        {"extension": [*PATIENT["extension"], {"url": "u", "valueCode": "c"}]},
    ),
]


@pytest.mark.parametrize(("written", "expected"), CASES)
def test_operations(written: dict[str, Any], expected: dict[str, Any]) -> None:
    assert changed(written) == expected


def test_operations_follow_one_another() -> None:
    assert changed(
        operation("delete", "Patient.identifier[0]"),
        operation("delete", "Patient.identifier[0]"),
        operation("add", "Patient", name="identifier", value={"valueIdentifier": {"value": "n"}}),
    ) == {"identifier": [{"value": "n"}]}


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        (operation("dance", "Patient.name"), None),
        (operation("add", "Patient", name="active"), None),
        (operation("add", "Patient", value={"valueBoolean": True}), None),
        (operation("replace", "Patient.name[0].family"), None),
        (operation("insert", "Patient.identifier", value={"valueIdentifier": {}}), None),
        (operation("delete", "Patient.name.where(x"), None),
        (operation("delete", "Patient.name.children()"), None),
        (operation("delete", "Patient.name | Patient.contact"), None),
        (operation("delete", "../etc"), None),
        (operation("delete", "Patient"), "unprocessable"),
        (operation("delete", "Patient.identifier"), "unprocessable"),
        (operation("replace", "Patient.gender", value={"valueCode": "x"}), "unprocessable"),
        (operation("add", "Patient", name="active", value={"valueBoolean": True}), "unprocessable"),
        (operation("add", "Patient", name="wings", value={"valueInteger": 2}), "unprocessable"),
        (
            operation("add", "Patient", name="deceased", value={"valueDateTime": "2020"}),
            "unprocessable",
        ),
        (operation("move", "Patient.identifier", source=0, destination=2), "unprocessable"),
        (operation("move", "Patient.birthDate", source=0, destination=0), "unprocessable"),
    ],
)
def test_what_cannot_be_done_is_refused(written: dict[str, Any], rule: str | None) -> None:
    with pytest.raises(Refusal) as refused:
        patched(written)
    assert refused.value.details.get("rule") == rule
