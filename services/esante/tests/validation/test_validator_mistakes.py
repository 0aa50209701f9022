"""Each mistake in a valid resource is reported at its place, and nothing else is."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from good_resources import OBSERVATION, PATIENT
from validator import errors_at, findings

Change = Callable[[Any], Any]


def put(**members: Any) -> Change:
    return lambda resource: resource.update(members)


PATIENT_MISTAKES: list[tuple[str, str, str, Change]] = [
    ("unknown element", "Patient.nom", "structure", put(nom="x")),
    ("type", "Patient.active", "structure", put(active="true")),
    ("list expected", "Patient.name", "structure", put(name={"family": "x"})),
    ("empty list", "Patient.name", "structure", put(name=[])),
    ("null", "Patient.birthDate", "structure", put(birthDate=None)),
    ("id", "Patient.id", "value", put(id="a b")),
    ("long id", "Patient.id", "value", put(id="a" * 65)),
    ("no such day", "Patient.birthDate", "value", put(birthDate="1980-02-30")),
    ("no leap year", "Patient.birthDate", "value", put(birthDate="1981-02-29")),
    ("no such month", "Patient.birthDate", "value", put(birthDate="1980-13-45")),
    ("code", "Patient.gender", "code-invalid", put(gender="femme")),
    ("empty element", "Patient.maritalStatus", "invariant", put(maritalStatus={})),
    (
        "ele-1",
        "Patient.contact[0].name",
        "invariant",
        lambda p: p["contact"][0].update(name={"id": "a"}),
    ),
    ("pat-1", "Patient.contact[0]", "invariant", put(contact=[{"gender": "female"}])),
    (
        "per-1",
        "Patient.name[0].period",
        "invariant",
        lambda p: p["name"][0].update(period={"start": "2020-01-02", "end": "2020-01-01"}),
    ),
    ("cpt-2", "Patient.telecom[0]", "invariant", put(telecom=[{"value": "1"}])),
    ("att-1", "Patient.photo[0]", "invariant", put(photo=[{"data": "AAAA"}])),
    ("base64", "Patient.photo[0].data", "value", lambda p: p["photo"][0].update(data="*")),
    ("ext-1", "Patient.extension[0]", "invariant", put(extension=[{"url": "urn:a"}])),
    (
        "extension of a primitive",
        "Patient.birthDate.extension[0]",
        "invariant",
        put(_birthDate={"extension": [{"url": "urn:a"}]}),
    ),
    ("no url", "Patient.extension[0].url", "required", put(extension=[{"valueCode": "a"}])),
    (
        "target",
        "Patient.generalPractitioner[0]",
        "value",
        put(generalPractitioner=[{"reference": "Patient/p2"}]),
    ),
    (
        "no such type",
        "Patient.generalPractitioner[0]",
        "value",
        put(generalPractitioner=[{"reference": "Medecin/p2"}]),
    ),
    (
        "target type said",
        "Patient.generalPractitioner[0]",
        "value",
        put(generalPractitioner=[{"type": "Patient", "identifier": {"value": "1"}}]),
    ),
    (
        "contained target",
        "Patient.managingOrganization",
        "value",
        put(
            managingOrganization={"reference": "#o1"},
            contained=[{"resourceType": "Location", "id": "o1"}],
        ),
    ),
    ("link code", "Patient.link[0].type", "code-invalid", lambda p: p["link"][0].update(type="x")),
    (
        "two types",
        "Patient.deceased[x]",
        "structure",
        put(deceasedBoolean=True, deceasedDateTime="2020"),
    ),
    (
        "dom-4",
        "Patient.contained[0]",
        "invariant",
        lambda p: p["contained"][0].update(meta={"versionId": "1"}),
    ),
    (
        "in contained",
        "Patient.contained[0].name",
        "structure",
        lambda p: p["contained"][0].update(name=1),
    ),
    ("org-1", "Patient.contained[0]", "invariant", lambda p: p["contained"][0].pop("name")),
]
OBSERVATION_MISTAKES: list[tuple[str, str, str, Change]] = [
    ("required", "Observation.status", "required", lambda o: o.pop("status")),
    ("status", "Observation.status", "code-invalid", put(status="fini")),
    ("subject", "Observation.subject", "value", put(subject={"reference": "Practitioner/m1"})),
    ("unreadable reference", "Observation.subject", "value", put(subject={"reference": "p1"})),
    ("no zone", "Observation.issued", "value", put(issued="2026-11-25T08:31:00")),
    (
        "hour",
        "Observation.effectiveDateTime",
        "value",
        put(effectiveDateTime="2026-11-25T25:00:00Z"),
    ),
    (
        "day",
        "Observation.effectiveDateTime",
        "value",
        put(effectiveDateTime="2026-11-31T10:00:00Z"),
    ),
    ("obs-6", "Observation", "invariant", put(valueString="a", dataAbsentReason={"text": "b"})),
    (
        "obs-7",
        "Observation",
        "invariant",
        lambda o: o.update(valueString="a", code=o["component"][0]["code"]),
    ),
    (
        "obs-3",
        "Observation.referenceRange[0]",
        "invariant",
        put(referenceRange=[{"type": {"text": "a"}}]),
    ),
    (
        "qty-3",
        "Observation.component[0].valueQuantity",
        "invariant",
        lambda o: o["component"][0]["valueQuantity"].pop("system"),
    ),
    (
        "number as text",
        "Observation.component[0].valueQuantity.value",
        "structure",
        lambda o: o["component"][0]["valueQuantity"].update(value="120"),
    ),
    (
        "comparator",
        "Observation.component[0].valueQuantity.comparator",
        "code-invalid",
        lambda o: o["component"][0]["valueQuantity"].update(comparator="~"),
    ),
    (
        "sqty-1",
        "Observation.referenceRange[0].low",
        "invariant",
        lambda o: o["referenceRange"][0]["low"].update(comparator=">"),
    ),
    (
        "rng-2",
        "Observation.valueRange",
        "invariant",
        put(valueRange={"low": {"value": 3}, "high": {"value": 2.5}}),
    ),
    ("rat-1", "Observation.valueRatio", "invariant", put(valueRatio={"numerator": {"value": 3}})),
    (
        "lastUpdated",
        "Observation.meta.lastUpdated",
        "value",
        put(meta={"lastUpdated": "2026-02-30T08:00:00Z"}),
    ),
]


def test_the_good_ones_are_good() -> None:
    assert [errors_at(PATIENT), errors_at(OBSERVATION)] == [{}, {}]


@pytest.mark.parametrize(
    ("good", "place", "code", "change"),
    [
        pytest.param(good, place, code, change, id=f"{subject}-{name}")
        for subject, good, mistakes in (
            ("patient", PATIENT, PATIENT_MISTAKES),
            ("observation", OBSERVATION, OBSERVATION_MISTAKES),
        )
        for name, place, code, change in mistakes
    ],
)
def test_a_mistake_is_found_where_it_is(good: str, place: str, code: str, change: Change) -> None:
    resource = json.loads(good)
    change(resource)
    found = errors_at(resource)
    assert found.get(place) == code, found
    # Consequences are reported above or below it, or where a removed part was referenced.
    strangers = [at for at in found if not (at.startswith(place) or place.startswith(at))]
    assert [at for at in strangers if at not in ("Patient.deceasedDateTime",)] == []


def test_all_mistakes_are_found_at_once() -> None:
    resource = json.loads(PATIENT)
    changes = {
        at: (code, change)
        for name, at, code, change in PATIENT_MISTAKES
        if name in ("unknown element", "no such day", "code", "pat-1", "target", "att-1", "cpt-2")
    }
    for _, change in changes.values():
        change(resource)
    assert errors_at(resource) == {at: code for at, (code, _) in changes.items()}


def test_contained_resources_are_referred_to() -> None:
    resource = json.loads(PATIENT)
    resource["managingOrganization"] = {"reference": "Organization/o1"}
    assert errors_at(resource) == {"Patient.contained[0]": "invariant"}
    resource["managingOrganization"] = {"reference": "#o2"}
    assert set(errors_at(resource)) == {"Patient.contained[0]", "Patient.managingOrganization"}


def test_what_is_sent_is_never_changed() -> None:
    for text in (PATIENT, OBSERVATION):
        resource = json.loads(text)
        before = copy.deepcopy(resource)
        findings(resource, thorough=True)
        assert resource == before
