"""FHIRPath of profiles' invariants: its results, and the bounds of its work."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fhirpathpy_invariants import fhirpathpy_holds
from official_r4 import official_examples

from esante.core.domain.json_parser import parse_json
from esante.validation.domain.examination import InvariantSite, examine
from esante.validation.domain.fhirpath.evaluator import Evaluation, Scope
from esante.validation.domain.fhirpath.expressions import CannotEvaluate
from esante.validation.domain.fhirpath.functions import call
from esante.validation.domain.fhirpath.nodes import Node, resource_node
from esante.validation.domain.fhirpath.parser import parse_expression
from esante.validation.domain.fhirpath.r4_invariants import invariant_holds
from esante.validation.domain.profiles import check_budget
from esante.validation.domain.profiles.bound_codes import BoundCodes
from esante.validation.domain.profiles.check_budget import CheckBudget, TooManyChecks
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
    node = resource_node(resource)
    variables = {"%resource": [node], "%rootResource": [node], "%ucum": [Node("u", "uri")]}
    evaluation = Evaluation(variables, BoundCodes(), CheckBudget(), call)
    return [each.value for each in evaluation.values(parse_expression(expression), Scope([node]))]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("Patient.name.given", ["Anne", "Marie"]),
        ("Patient.name[1].family.extension('urn:x').value", ["inconnu"]),
        ("name.family.hasValue()", [False]),
        ("name.last().family.hasValue()", [False]),
        ("deceased is dateTime and (multipleBirth is Integer)", [True]),
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
    ],
)
def test_results(expression: str, expected: list[Any]) -> None:
    assert values(expression) == expected


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("name.conformsTo('urn:x')", "conformsTo"),
        ("today() > birthDate", "today"),
        ("generalPractitioner.resolve().name.exists()", "référence"),
        ("%unknown.exists()", "%unknown"),
        ("name.given + 'x'", "plusieurs"),
        ("gender.memberOf('urn:x')", "urn:x"),
        ("1 'kg' > 2 'kg'", "quantités"),
        ("name.given.exists(", "FHIRPath"),
        ("(" * 90 + "1" + ")" * 90, "niveaux"),
        ("iif(1 = " * 45 + "1" + ", 1)" * 45, "niveaux"),
        ("'a'.matches('(?=a)b')", "régulière"),
        ("'a'.matches('((a{1000}){1000}){1000}')", "régulière"),
        ("99999999999 * 99999999999", "trop grand"),
        ("1 / 0.00000000000000000001 * 99999999999999", "trop grand|chiffres"),
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
    with pytest.raises(CannotEvaluate, match="trop long"):
        values(f"'{'a' * 5_000}'.replace('a', '{'b' * 4_000}')")


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
            expected = fhirpathpy_holds(site)
            results[expected].add(site.constraint.key)
            if invariant_holds(site, BoundCodes(), CheckBudget()) != expected:
                differing.append((site.constraint.key, file.name, sorted(site.node)))
    assert differing == []
    assert len(results[True]) > 140
    assert len(results[False]) > 30
