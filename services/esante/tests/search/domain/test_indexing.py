"""What a resource is found by, on resources written here; the official examples have their own."""

import json
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from esante.core.domain.folding import fold
from esante.search.domain.indexing import index
from esante.search.domain.search_extractors.collector import MAX_VALUES
from esante.store.domain.index_keys import (
    compartment_key,
    composite_element,
    dimension_key,
    of_type_element,
    parameter_key,
    present_element,
    ref_element,
    self_key,
    token_element,
    unit_key,
    uri_element,
)
from esante.store.domain.index_rows import IndexEntries, StringRow
from socle.errors import Refusal


def read(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def token(resource_type: str, code: str, system: str | None, value: str | None) -> int:
    return token_element(parameter_key(resource_type, code), system, value)


def present(found: IndexEntries, resource_type: str, code: str) -> bool:
    return present_element(parameter_key(resource_type, code)) in found.tokens


PATIENT = """{"resourceType": "Patient", "id": "p1", "active": true, "gender": "female",
  "meta": {"tag": [{"system": "urn:t", "code": "demo"}], "profile": ["http://x/fr-patient|2.1"]},
  "identifier": [{"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203",
      "code": "INS-NIR"}], "text": "Numéro de sécurité sociale"},
    "system": "urn:oid:1.2.250.1.213.1.4.8", "value": "279035121518989"}],
  "name": [{"family": "Le  Goff", "given": ["Éloïse", null], "_given": [null, {"id": "x"}]}],
  "telecom": [{"system": "phone", "value": "+33 1 23"}, {"system": "email", "value": "E@x.fr"}],
  "generalPractitioner": [{"reference": "Practitioner/g1/_history/3"}],
  "deceasedDateTime": "2024-05-01T10:00:00+02:00"}"""


def test_a_patient() -> None:
    found = index(read(PATIENT))
    gender = "http://hl7.org/fhir/administrative-gender"
    for system in (gender, None):
        assert token("Patient", "gender", system, "female") in found.tokens
    assert token("Patient", "gender", gender, "FEMALE") in found.tokens  # not case sensitive
    assert token("Patient", "gender", "", "female") not in found.tokens
    assert token("Patient", "active", None, "true") in found.tokens
    assert token("Patient", "deceased", None, "true") in found.tokens
    assert token("Patient", "_tag", "urn:t", "demo") in found.tokens
    assert token("Patient", "phone", None, "+33 1 23") in found.tokens
    assert token("Patient", "phone", None, "e@x.fr") not in found.tokens
    assert token("Patient", "email", None, "e@x.fr") in found.tokens
    assert found.date is None
    assert found.patients == ("p1",)
    assert StringRow("name", "le goff", "Le  Goff") in found.strings
    assert [row.exact for row in found.strings if row.parameter == "given"] == ["Éloïse"]
    profile = parameter_key("Patient", "_profile")
    assert uri_element(profile, "http://x/fr-patient") in found.tokens
    assert uri_element(profile, "http://x/fr-patient|2.1") in found.tokens


def test_an_identifier_is_found_by_system_value_type_and_text() -> None:
    found = index(read(PATIENT))
    system, value = "urn:oid:1.2.250.1.213.1.4.8", "279035121518989"
    key = parameter_key("Patient", "identifier")
    for of, code in ((system, value), (None, value), (system, None)):
        assert token_element(key, of, code) in found.tokens
    assert token_element(key, "", value) not in found.tokens
    typed = of_type_element(key, "http://terminology.hl7.org/CodeSystem/v2-0203", "INS-NIR", value)
    assert typed in found.tokens
    text = "Numéro de sécurité sociale"
    assert StringRow("identifier:text", "numero de securite sociale", text) in found.strings


def test_a_versioned_reference_leads_to_the_resource_and_to_its_version() -> None:
    found = index(read(PATIENT))
    key = parameter_key("Patient", "general-practitioner")
    assert ref_element(key, self_key("Practitioner", "g1")) in found.refs
    assert uri_element(key, "Practitioner/g1/_history/3") in found.tokens
    assert found.references == (("general-practitioner", "Practitioner", "g1"),)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("deceasedBoolean", "true"),
        ("deceasedDateTime", '"2020"'),
        (None, ""),
        ("deceasedBoolean", "false"),
    ],
)
def test_whether_a_patient_died(member: str | None, value: str) -> None:
    member_text = f', "{member}": {value}' if member else ""
    found = index(read('{"resourceType": "Patient"' + member_text + "}"))
    dead = member is not None and value != "false"
    assert (token("Patient", "deceased", None, "true") in found.tokens) is dead
    assert (token("Patient", "deceased", None, "false") in found.tokens) is not dead


def subject(reference: str, **more: Any) -> Any:
    reference_members = {"reference": reference, **more} if reference else more
    return {"resourceType": "Observation", "id": "o1", "subject": reference_members}


def test_an_absolute_reference_is_local_under_the_own_base_alone() -> None:
    local = index(subject("https://fhir.example/r4/Patient/p1"), base="https://fhir.example/r4")
    assert local.patients == ("p1",)
    assert local == index(subject("Patient/p1"))
    elsewhere = index(
        subject("https://other.example/Patient/p1/_history/2"), base="https://fhir.example/r4"
    )
    assert elsewhere.patients == ()
    assert elsewhere.refs == frozenset()
    for code in ("subject", "patient"):  # the type is in the address
        for url in (
            "https://other.example/Patient/p1",
            "https://other.example/Patient/p1/_history/2",
        ):
            assert uri_element(parameter_key("Observation", code), url) in elsewhere.tokens


def test_references_by_urn_by_identifier_and_into_what_is_contained() -> None:
    urn = index(subject("urn:uuid:c757873d-ec9a-4326-a141-556f43239520", type="Patient"))
    name = "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"
    assert uri_element(parameter_key("Observation", "patient"), name) in urn.tokens
    typed = index(subject(name, type="http://hl7.org/fhir/StructureDefinition/Patient"))
    assert typed.tokens == urn.tokens
    known = index(subject("", identifier={"system": "urn:s", "value": "42"}))
    assert token("Observation", "subject:identifier", "urn:s", "42") in known.tokens
    assert present(known, "Observation", "subject")
    assert not present(known, "Observation", "patient")  # nothing shows that it is a patient
    inside = subject("#p") | {"contained": [{"resourceType": "Patient", "id": "p"}]}
    found = index(inside)
    assert (found.refs, found.references, found.patients) == (frozenset(), (), ())
    assert present(found, "Observation", "patient")


def test_the_patients_and_compartments_a_resource_is_in() -> None:
    appointment = read(
        """{"resourceType": "Appointment", "id": "a1", "participant": [
        {"actor": {"reference": "Patient/p1"}}, {"actor": {"reference": "Practitioner/d1"}},
        {"actor": {"reference": "Patient/p2"}}, {"actor": {"reference": "Patient/p1"}}]}"""
    )
    found = index(appointment)
    assert found.patients == ("p1", "p2")
    for name, own in (("Patient", "p2"), ("Practitioner", "d1")):
        assert ref_element(compartment_key(name), self_key(name, own)) in found.refs
    actors = [each[1:] for each in found.references if each[0] == "actor"]
    assert actors == [("Patient", "p1"), ("Practitioner", "d1"), ("Patient", "p2")]


def test_canonicals_lead_somewhere_too() -> None:
    answers = {"resourceType": "QuestionnaireResponse", "questionnaire": "http://x/q|1.0"}
    key = parameter_key("QuestionnaireResponse", "questionnaire")
    assert {uri_element(key, "http://x/q"), uri_element(key, "http://x/q|1.0")} <= index(
        answers
    ).tokens


@pytest.mark.parametrize(
    ("quantity", "low", "high", "value"),
    [
        ('"value": 5.40', "5.395", "5.405", "5.40"),
        ('"value": 5, "comparator": "<"', None, "5", None),
        ('"value": 5, "comparator": "<="', None, "5.5", None),
        ('"value": 5, "comparator": ">"', "5", None, None),
        ('"value": 5, "comparator": ">="', "4.5", None, None),
    ],
)
def test_a_quantity(quantity: str, low: str | None, high: str | None, value: str | None) -> None:
    units = '"system": "http://unitsofmeasure.org", "code": "mmol/L", "unit": "mmol/l"'
    resource = '{"resourceType": "Observation", "valueQuantity": {' + quantity + ", " + units + "}}"
    rows = [row for row in index(read(resource)).quantities if row.parameter == "value-quantity"]
    assert {row.unit for row in rows} == {unit_key(None, "mmol/L"), unit_key(None, "mmol/l")}
    as_decimal = [each and Decimal(each) for each in (low, high, value)]
    assert {(row.low, row.high, row.value) for row in rows} == {tuple(as_decimal)}
    (base,) = (row for row in index(read(resource)).quantities if row.parameter.endswith(":base"))
    # A mole is a number, and a litre a thousandth of a cubic metre.
    per_mmol = [each and each * Decimal("6.02214076E+23") for each in as_decimal]
    assert [base.low, base.high, base.value, base.unit] == [*per_mmol, dimension_key("m-3")]


def test_a_range_in_base_units() -> None:
    ends = '"low": {"value": 900, %s "g"}, "high": {"value": %s, %s "%s"}'
    system = '"system": "http://unitsofmeasure.org", "code":'
    for number, unit, limits in (
        (2, "kg", (Decimal("899.5"), Decimal(2500))),
        (2, "cm", None),
    ):
        age = ends % (system, number, system, unit)
        found = index(read('{"resourceType": "Condition", "onsetRange": {' + age + "}}"))
        rows = [(r.low, r.high) for r in found.quantities if r.parameter.endswith(":base")]
        assert rows == ([] if limits is None else [limits])


def test_money_and_a_range() -> None:
    invoice = index(
        read('{"resourceType": "Invoice", "totalNet": {"value": 12.50, "currency": "EUR"}}')
    )
    assert unit_key("urn:iso:std:iso:4217", "EUR") in {row.unit for row in invoice.quantities}
    age = '"low": {"value": 20, "unit": "an"}, "high": {"value": 25, "unit": "an"}'
    condition = index(read('{"resourceType": "Condition", "onsetRange": {' + age + "}}"))
    assert [(row.low, row.high) for row in condition.quantities] == [
        (Decimal("19.5"), Decimal("25.5"))
    ]


def test_values_of_a_component_do_not_match_outside_it() -> None:
    coded = (
        '"code": {"coding": [{"system": "urn:c", "code": "%s"}]}, "valueQuantity": {"value": %d}'
    )
    inner = "[{" + coded % ("a", 1) + "}, {" + coded % ("b", 2) + "}]"
    found = index(
        read(
            '{"resourceType": "Observation", "component": ' + inner + ", " + coded % ("c", 3) + "}"
        )
    )
    together = set()
    for where in ("", "component-"):
        key = parameter_key("Observation", where + "code-value-quantity")
        rows = [row for row in found.quantities if row.parameter == where + "value-quantity"]
        for row, code in product(rows, "abc"):
            coded = token("Observation", where + "code", "urn:c", code)
            if composite_element(key, coded) ^ row.pair in found.tokens:
                together.add((where, code, row.value))
    assert together == {("component-", "a", 1), ("component-", "b", 2), ("", "c", 3)}
    assert [row.pair for row in found.quantities if row.parameter == "value-quantity"] == [0]


@pytest.mark.parametrize(
    ("code", "resource_type"), [("composition", "Composition"), ("message", "MessageHeader")]
)
def test_of_a_bundle_the_first_entry_alone_counts(code: str, resource_type: str) -> None:
    entries = [{"resource": {"resourceType": resource_type, "id": each}} for each in ("1", "2")]
    found = index({"resourceType": "Bundle", "entry": entries})
    assert found.references == ((code, resource_type, "1"),)


def test_more_values_than_a_resource_is_found_by_are_refused() -> None:
    def coded(number: int) -> dict[str, Any]:
        return {"coding": [{"system": "urn:c", "code": str(each)} for each in range(number)]}

    few = {
        "resourceType": "Group",
        "characteristic": [{"code": coded(9), "valueCodeableConcept": coded(9)}],
    }
    assert len(index(few).tokens) > 9 * 9
    crossed = [{"code": coded(900), "valueCodeableConcept": coded(900)}]
    for many in (
        few | {"characteristic": crossed},
        {"resourceType": "Condition", "code": coded(MAX_VALUES)},
    ):
        with pytest.raises(Refusal, match="valeurs de recherche"):
            index(many)


def test_what_has_a_wrong_shape_is_left_out_and_nothing_breaks() -> None:
    wrong: tuple[Any, ...] = (
        None,
        True,
        7,
        Decimal("1e99999"),
        "x",
        [],
        [None],
        [[]],
        {},
        {"coding": 3},
    )
    for resource_type in (
        "Patient",
        "Observation",
        "MolecularSequence",
        "Bundle",
        "ActivityDefinition",
    ):
        for name in (
            "name",
            "identifier",
            "subject",
            "code",
            "valueQuantity",
            "component",
            "entry",
        ):
            for value in (*wrong, {"value": [1]}, {"system": {}, "code": [], "value": {}}):
                index(
                    {
                        "resourceType": resource_type,
                        "id": 3,
                        name: value,
                        "meta": value,
                        "contained": value,
                    }
                )


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  Éloïse\tLE  GOFF ", "eloise le goff"),
        ("Straße", "strasse"),
        ("ﬁn", "fin"),
        ("İstanbul", "istanbul"),
        ("Nguyễn", "nguyen"),
        ("张伟", "张伟"),
        ("", ""),
    ],
)
def test_text_is_compared_without_case_accents_and_outer_space(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(fold(text)) == folded
    assert fold(text * 40) == fold(text * 40)


def test_a_run_of_combining_marks_is_removed() -> None:
    assert fold("e" + "\u0315\u0300" * 20_000 + "É") == "ee"
    assert fold("é" * 99 + "É" * 150) == "e" * 249
