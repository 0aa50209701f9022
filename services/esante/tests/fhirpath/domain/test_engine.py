"""The FHIRPath engine: its results, what it refuses, and the bounds of its work."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from fhirpathpy_invariants import fhirpathpy_holds
from official_r4 import official_examples

from esante.core.domain import check_budget
from esante.core.domain.check_budget import CheckBudget, TooManyChecks
from esante.core.domain.json_parser import parse_json
from esante.fhirpath.domain.engine import (
    CannotEvaluate,
    Environment,
    MalformedExpression,
    evaluate,
    fhirpath_problem,
    new_evaluation,
    parse,
    resource_node,
)
from esante.fhirpath.domain.evaluator import Scope
from esante.validation.domain.examination import InvariantSite, examine
from esante.validation.domain.profiles.bound_codes import BoundCodes, invariant_environment
from esante.validation.domain.r4_invariants import invariant_holds
from socle.testing import sized

PATIENT = parse_json(
    b"""{
  "resourceType": "Patient", "id": "p1", "active": true, "birthDate": "1980-05",
  "contained": [{"resourceType": "Organization", "id": "o1", "name": "CHU"}],
  "name": [
    {"use": "official", "family": "Durand", "given": ["Anne", "Marie"]},
    {"use": "usual", "_family": {"extension": [{"url": "urn:x", "valueString": "inconnu"}]}}
  ],
  "deceasedDateTime": "2026-01-02T10:00:00+01:00", "gender": "female", "multipleBirthInteger": 2,
  "extension": [{"url": "urn:e", "valueQuantity": {"value": 2.5, "code": "kg"}}],
  "managingOrganization": {"reference": "#o1"},
  "generalPractitioner": [{"reference": "Practitioner/m1"}, {"reference": "Organization/o2"}]
}"""
)


def values(expression: str, resource: Any = PATIENT) -> list[Any]:
    """The values of an expression on a resource."""
    budget = CheckBudget()
    environment = invariant_environment(BoundCodes(), budget)
    found = evaluate(parse(expression), resource, environment=environment, budget=budget)
    return [each.value for each in found]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("Patient.name.given", ["Anne", "Marie"]),
        ("Patient.name[1].family.extension('urn:x').value", ["inconnu"]),
        ("name.family.hasValue()", [False]),
        ("name.last().family.hasValue()", [False]),
        ("deceased is dateTime and (multipleBirth is integer)", [True]),
        ("multipleBirth is Integer or multipleBirth is System.Integer", [False]),
        ("deceased.ofType(boolean)", []),
        ("Observation.code", []),
        ("name.where(use = 'official').given.count() = 2", [True]),
        ("name.exists(use = 'old') or name.all(use.exists())", [True]),
        ("name.select(use & '-' & family)", ["official-Durand", "usual-"]),
        ("1 + 2 * 3 = 7 and 7 div 2 = 3 and 7 mod 2 = 1 and 7 / 2 = 3.5", [True]),
        ("-1 < 0 and 'a' + 'b' = 'ab' and {}.empty()", [True]),
        ("gender in ('male' | 'female') and ('x' | 'y') contains 'x'", [True]),
        ("birthDate > @1980-04 and birthDate < @1981", [True]),
        ("birthDate > @1980-05-03", []),
        ("deceased = @2026-01-02T09:00:00Z", [True]),
        ("managingOrganization.resolve().name", ["CHU"]),
        ("generalPractitioner.where(resolve() is Practitioner).count()", [1]),
        ("extension('urn:e').value.value > 2.4", [True]),
        ("contact.exists() implies false", [True]),
        ("(contact.name.family = 'x') and true", []),
        ("(contact.name.family = 'x') and false", [False]),
        ("'Anne'.matches('^A.*e$') and 'é'.matches('.') and 'a\\nb'.matches('a.b')", [True]),
        ("'2026'.toInteger() + 1", [2027]),
        ("name.given.first().substring(1, 2)", ["nn"]),
        ("name.given | name.given", ["Anne", "Marie"]),
        ("iif(active, 'oui', 'non')", ["oui"]),
        ("descendants().where($this is HumanName).count()", [2]),
        ("name.given.select($index)", [0, 1]),
        ("gender.memberOf('http://hl7.org/fhir/ValueSet/administrative-gender')", [True]),
        ("name.given.skip(1).isDistinct() and name.tail().count() = 1", [True]),
        ("`name`.use.subsetOf('official' | 'usual') xor false", [True]),
        ("'A  b' ~ 'a B'", [True]),
        ("1 'kg' > 2", []),
        ("2.5 'g' + 500 'mg' = 3 'g' and 90 'min' > 1 hour and 1 year = 1 'a'", []),
        ("(2.5 'g' + 500 'mg').toString()", ["3000 'mg'"]),
        ("@2024-02-29 + 1 year = @2025-02-28 and @2024-01-31 + 1 month = @2024-02-29", [True]),
        ("@2024 + 24 months = @2026 and @T23:30 + 1 hour = @T00:30", [True]),
        ("@2024-01-01 - 36 hours = @2023-12-31", [True]),
        ("@2024-01-01T10:00:00.5+02:00 + 1500 milliseconds", ["2024-01-01T10:00:02.0+02:00"]),
        ("birthDate < @1980-05-01T00:00:00Z", []),
        ("extension('urn:e').value = 2.5 'kg'", []),
        ("0.1 + 0.2 = 0.3 and 1.10 * 3 = 3.30 and (1 / 3).toString().length() = 30", [True]),
        ("'2026-02-30'.convertsToDate() or '24:00'.convertsToTime()", [False]),
        ("(name | contact).aggregate($total + 1, 0)", [2]),
        ("name.given.where($index > 0).select($this & $index.toString())", ["Marie0"]),
        ("'ab12'.replaceMatches('([a-z])([0-9])', '$2${}$1'.replace('${}', ''))", ["a1b2"]),
        ("'ab12'.replaceMatches('([a-z]+)([0-9]+)', '<$2-\\\\$-$1>')", ["<12-$-ab>"]),
        ("'abcabc'.lastIndexOf('bc') | 'abc'.lastIndexOf('d') | 'abc'.lastIndexOf('')", [4, -1, 3]),
        ("'a%b'.encode('urlbase64').decode('urlbase64') = 'a%b'", [True]),
        (
            "%`ext-x` & %'vs-y' & %sct",
            [
                "http://hl7.org/fhir/StructureDefinition/xhttp://hl7.org/fhir/ValueSet/y"
                "http://snomed.info/sct"
            ],
        ),
        ("name.type().name.distinct() | contained.type().name", ["HumanName", "Organization"]),
        ("conformsTo('http://hl7.org/fhir/StructureDefinition/Person')", [False]),
        ("gender.is(FHIR.code) and gender.is(string) and gender.as(string).empty()", [True]),
        ("name.given.trace('x', length()).first()", ["Anne"]),
        ("name.sort(-use).use", ["usual", "official"]),
        ("+1 + -1", [0]),
    ],
)
def test_results(expression: str, expected: list[Any]) -> None:
    assert values(expression) == expected


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("conformsTo('urn:x')", "conformsTo"),
        ("today() > birthDate", "today"),
        ("generalPractitioner.resolve().name.exists()", "référence"),
        ("%unknown.exists()", "%unknown"),
        ("name.given + 'x'", "plusieurs"),
        ("gender.memberOf('urn:x')", "urn:x"),
        ("1 'kg' > 'a'", "compar"),
        ("generalPractitioner.resolve().exists()", "référence"),
        ("generalPractitioner.first().resolve() and true", "référence"),
        ("name as HumanName", "plusieurs"),
        ("gender is string1", "string1"),
        ("Foo.name", "Foo"),
        ("birthDate + 1", "durée"),
        ("@2014-01-01T08.highBoundary()", "minutes"),
        ("(true | 'x').allTrue()", "booléens"),
        ("iif('x', 1, 2)", "booléen"),
        ("text.div.toString(1)", "paramètres"),
        ("@2020-13", "date"),
        ("@T25:00", "date"),
        ("'a'.replaceMatches('(a)', '$3')", "groupe"),
        ("2.power(5000)", "grand"),
        ("name.given.exists(", "FHIRPath"),
        ("(" * 90 + "1" + ")" * 90, "niveaux"),
        ("iif(1 = " * 45 + "1" + ", 1)" * 45, "niveaux"),
        ("'a'.matches('(?=a)b')", "régulière"),
        ("'a'.matches('((a{1000}){1000}){1000}')", "régulière"),
        ("99999999999999 * 999999999999999", "trop grand"),
        ("99999999999999 / 0.00000000000000000001", "trop grand"),
        ("1" * 50, "chiffres"),
        (".a", "FHIRPath"),
        ("deceased is 'dateTime'", "FHIRPath"),
        ("name.first(use,)", "FHIRPath"),
        ("name.$this", "variable"),
    ],
)
def test_what_is_not_known_is_not_guessed(expression: str, reason: str) -> None:
    with pytest.raises(CannotEvaluate, match=reason):
        values(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "descendants().select(%resource.descendants()).select(%resource.descendants()).empty()",
        "repeat(%resource.descendants()).select(%resource.descendants()).distinct().empty()",
        " and ".join(["descendants().exists($this = 'x').not()"] * 200),
        "name.combine(name).combine(name)" + ".select(%resource.name | $this)" * 200,
    ],
)
def test_the_steps_of_an_expression_are_counted(
    monkeypatch: pytest.MonkeyPatch, expression: str
) -> None:
    monkeypatch.setattr(check_budget, "MAX_CHECKS", 2_000)
    with pytest.raises(TooManyChecks):
        values(expression)


def test_texts_do_not_grow_without_end() -> None:
    doubled = "'0123456789'" + ".select($this & $this)" * 40
    with pytest.raises(CannotEvaluate, match="100000 caractères"):
        values(doubled)
    with pytest.raises(CannotEvaluate, match="100000 caractères"):
        values(f"'{'a' * 5_000}'.replace('a', '{'b' * 4_000}')")
    with pytest.raises(CannotEvaluate, match="100000 caractères"):
        values(f"'{'a' * 5_000}'.replaceMatches('.*', '{'$0' * 2_000}')")


def test_what_an_environment_adds() -> None:
    now = datetime(2026, 5, 3, 10, 20, 30, 4000, UTC)
    environment = Environment(
        now=now,
        resolve=lambda reference: {"resourceType": "Organization", "name": reference},
        functions={"twice": lambda _, found, __: found * 2},
    )

    def evaluated(expression: str) -> list[Any]:
        return [e.value for e in evaluate(parse(expression), PATIENT, environment=environment)]

    assert evaluated("now()") == ["2026-05-03T10:20:30.004+00:00"]
    assert evaluated("today() - 1 day | timeOfDay()") == ["2026-05-02", "10:20:30.004"]
    assert evaluated("birthDate.twice()") == ["1980-05", "1980-05"]
    assert evaluated("generalPractitioner.resolve().name") == ["Practitioner/m1", "Organization/o2"]
    strict = Environment(strict=True)
    with pytest.raises(CannotEvaluate, match="« given1 » n’est pas un élément de HumanName"):
        evaluate(parse("name.given1"), PATIENT, environment=strict)
    with pytest.raises(CannotEvaluate, match="commence par Encounter"):
        evaluate(parse("Encounter.name"), PATIENT, environment=strict)


def test_references_within_a_bundle_are_followed() -> None:
    entries = [
        {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Patient", "active": True}},
        {"fullUrl": "https://x/Device/2", "resource": {"resourceType": "Device", "id": "2"}},
        {
            "resource": {
                "resourceType": "Observation",
                "subject": {"reference": "urn:uuid:1"},
                "device": {"reference": "Device/2"},
            }
        },
    ]
    bundle = {"resourceType": "Bundle", "entry": entries}
    assert values("entry.resource.subject.resolve().active", bundle) == [True]
    assert values("entry.resource.device.resolve().id", bundle) == ["2"]


def test_traces_are_collected() -> None:
    node = resource_node(PATIENT)
    evaluation = new_evaluation(node, None, Environment(), CheckBudget())
    evaluation.values(parse("name.given.trace('prénoms').count().trace('n')"), Scope([node]))
    traced = [(name, [each.value for each in found]) for name, found in evaluation.traced]
    assert traced == [("prénoms", ["Anne", "Marie"]), ("n", [2])]


def test_every_form_of_the_grammar_is_read() -> None:
    for expression in (
        "name.$this | $total | %`a b` | %'c' | `Patient`.as.is.contains.in",
        "4 days + 1 'mg' - -2.50 'a' /* x */ // y",
        "@2015T | @2015-02T | @2015-02-04T14 | @2015-02-04T14:34:28.123+10:00 | @T14:34",
        "(a is System.Quantity) as FHIR.`Quantity` !~ {} xor b implies c div d mod e & f",
        "a.b(c, d(), e)[f].g in h contains 'i\\u0041\\/\\`'",
    ):
        assert fhirpath_problem(expression) is None, expression
    for expression in (
        "2 + 2 /",
        "2 /* x",
        "@T14:34:28Z",
        "a.",
        "{a}",
        "a b",
        "'a",
        "%",
        "$x",
        "@",
    ):
        with pytest.raises(MalformedExpression):
            parse(expression)


def test_long_expressions_do_not_deepen_the_tree() -> None:
    assert values("active" + " and active" * 800) == [True]
    assert values("name" + ".where(true)" * 700 + ".count()") == [2]
    assert (
        values("name.where(" + "%resource.name.exists(" * 30 + "true" + ")" * 31) == PATIENT["name"]
    )
    assert values("iif(1 = " * 38 + "1" + ", 1)" * 38) == [1]
    levels = "(1 implies 1 or 1 and 1 in 1 = 1 > 1 | 1 + 1 * "
    with pytest.raises(CannotEvaluate):
        values(levels * 55 + "1" + ")" * 55)


def test_a_regular_expression_takes_linear_time() -> None:
    assert values(f"'{'a' * 5_000}!'.matches('^(a+)+$')") == [False]
    assert values(f"'{'a' * 4_000}'.matches('(a|a)*b')") == [False]


def variants(resource: Any) -> Iterator[InvariantSite]:
    """Where invariants of R4 are evaluated in a resource: as it is, and without each member."""
    seen: Counter[str] = Counter()
    for site in examine(resource).sites:
        seen[site.constraint.key] += 1
        if seen[site.constraint.key] > 2:
            continue
        yield site
        for removed in site.node if isinstance(site.node, dict) else ():
            node = {name: value for name, value in site.node.items() if name != removed}
            if removed != "resourceType":
                yield replace(site, node=node)


def test_the_invariants_of_r4_have_the_results_of_fhirpathpy() -> None:
    results: dict[bool, set[str]] = {True: set(), False: set()}
    differing = []
    for file in official_examples(of_each=sized(1, deep=20)):
        if file.stat().st_size > 20_000:
            continue
        for site in variants(parse_json(file.read_bytes())):
            budget = CheckBudget()
            expected = fhirpathpy_holds(site)
            results[expected].add(site.constraint.key)
            if (
                invariant_holds(site, invariant_environment(BoundCodes(), budget), budget)
                != expected
            ):
                differing.append((site.constraint.key, file.name, sorted(site.node)))
    assert differing == []
    assert len(results[True]) > 140
    assert len(results[False]) > 30
