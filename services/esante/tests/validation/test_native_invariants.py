"""Invariants judged without FHIRPath are judged as FHIRPath says."""

import json
from typing import Any

import fhirpathpy
import pytest
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models

from esante.core.domain.resource import parse
from esante.core.domain.structures import ancestors
from esante.validation.domain.constraints import constraints
from esante.validation.domain.invariants import NATIVE
from esante.validation.domain.resource_invariants import OF_RESOURCES

UCUM = "http://unitsofmeasure.org"
# What fhirpathpy reads otherwise than it is meant, or not at all: told in `resource_invariants`,
# and comparisons of quantities; and rules of whole trees, which the door's own tests hold.
APART = {"que-7", "ras-2", "rng-2", "ele-1", "sdf-8", "sdf-8a", "ig-1"}

NODES: dict[str, list[str]] = {
    "Extension": [
        '{"url": "a", "valueCode": "b"}',
        '{"url": "a"}',
        '{"url": "a", "extension": [{"url": "b", "valueCode": "c"}]}',
        '{"url": "a", "valueCode": "d", "extension": [{"url": "b", "valueCode": "c"}]}',
    ],
    "Period": [
        '{"start": "2020-01-01", "end": "2020-01-02"}',
        '{"start": "2020-01-02", "end": "2020-01-01"}',
        '{"start": "2020-01", "end": "2020-01-01"}',
        '{"start": "2020", "end": "2019-12-31"}',
        '{"start": "2020-01-01T10:00:00Z", "end": "2020-01-01T11:30:00+01:00"}',
        '{"start": "2020-01-01"}',
        '{"end": "2020-01-01"}',
    ],
    "Quantity": ['{"value": 1, "code": "g"}', '{"value": 1, "system": "a", "code": "g"}', "{}"],
    "Age": [
        f'{{"value": 3, "system": "{UCUM}", "code": "a"}}',
        f'{{"value": -3, "system": "{UCUM}", "code": "a"}}',
        f'{{"value": 0, "system": "{UCUM}", "code": "a"}}',
        '{"value": 3, "unit": "an"}',
        '{"value": 3, "system": "urn:x", "code": "a"}',
    ],
    "Count": [
        f'{{"value": 3, "system": "{UCUM}", "code": "1"}}',
        f'{{"value": 3.5, "system": "{UCUM}", "code": "1"}}',
        f'{{"value": 3, "system": "{UCUM}", "code": "2"}}',
        '{"value": 3}',
    ],
    "Distance": [f'{{"value": 3, "system": "{UCUM}", "code": "m"}}', '{"value": 3}'],
    "Duration": [
        f'{{"value": 3, "system": "{UCUM}", "code": "min"}}',
        '{"value": 3, "system": "urn:x", "code": "min"}',
        f'{{"system": "{UCUM}", "code": "min"}}',
        '{"value": 3, "unit": "min"}',
    ],
    "Ratio": [
        '{"numerator": {"value": 1}, "denominator": {"value": 2}}',
        '{"numerator": {"value": 1}}',
        '{"denominator": {"value": 1}}',
        '{"extension": [{"url": "a", "valueCode": "b"}]}',
        '{"id": "a"}',
    ],
    "ContactPoint": ['{"value": "1"}', '{"system": "phone", "value": "1"}', '{"system": "phone"}'],
    "Attachment": ['{"data": "AAAA"}', '{"data": "AAAA", "contentType": "a/b"}', '{"url": "a"}'],
    "Expression": ['{"language": "a"}', '{"language": "a", "expression": "b"}'],
    "Timing.repeat": [
        '{"duration": 1, "durationUnit": "h"}',
        '{"duration": 1}',
        '{"period": 1}',
        '{"period": -1, "periodUnit": "h"}',
        '{"duration": -1, "durationUnit": "h"}',
        '{"periodMax": 2}',
        '{"durationMax": 2}',
        '{"countMax": 2}',
        '{"count": 1, "countMax": 2}',
        '{"offset": 5}',
        '{"offset": 5, "when": ["C"]}',
        '{"offset": 5, "when": ["AC"]}',
        '{"timeOfDay": ["10:00:00"], "when": ["AC"]}',
    ],
    "Bundle.entry": [
        '{"fullUrl": "urn:a"}',
        '{"resource": {"resourceType": "Basic"}}',
        '{"fullUrl": "http://a/b/_history/1", "resource": {"resourceType": "Basic"}}',
    ],
    "ValueSet.expansion.contains": [
        '{"code": "a"}',
        '{"code": "a", "system": "b"}',
        '{"display": "a", "abstract": true}',
        '{"abstract": true}',
    ],
    "Questionnaire.item": [
        '{"linkId": "1", "type": "group"}',
        '{"linkId": "1", "type": "group", "item": [{}]}',
        '{"linkId": "1", "type": "display", "item": [{}]}',
        '{"linkId": "1", "type": "display", "code": [{}]}',
        '{"linkId": "1", "type": "choice", "answerOption": [{}], "answerValueSet": "a"}',
        '{"linkId": "1", "type": "choice", "answerOption": [{}], "initial": [{}]}',
        '{"linkId": "1", "type": "choice", "answerOption": [{}]}',
        '{"linkId": "1", "type": "boolean", "answerOption": [{}]}',
        '{"linkId": "1", "type": "display", "required": true}',
        '{"linkId": "1", "type": "display", "readOnly": true}',
        '{"linkId": "1", "type": "group", "item": [{}], "initial": [{}]}',
        '{"linkId": "1", "type": "date", "maxLength": 3}',
        '{"linkId": "1", "type": "string", "maxLength": 3}',
        '{"linkId": "1", "type": "string", "enableWhen": [{}, {}, {}]}',
        '{"linkId": "1", "type": "string", "enableWhen": [{}, {}, {}], "enableBehavior": "any"}',
        '{"linkId": "1", "type": "string", "initial": [{}, {}], "repeats": false}',
        '{"linkId": "1", "type": "string", "initial": [{}, {}], "repeats": true}',
    ],
    "Patient.contact": ['{"gender": "male"}', '{"name": {"text": "a"}}', '{"telecom": [{}]}'],
    "Observation": [
        '{"resourceType": "Observation", "valueString": "a", "dataAbsentReason": {"text": "b"}}',
        '{"resourceType": "Observation", "valueString": "a"}',
        '{"resourceType": "Observation", "dataAbsentReason": {"text": "b"}}',
        *(
            '{"resourceType": "Observation", VALUE "code":'
            ' {"coding": [{"code": "a"}, {"code": "b"}]},'
            ' "component": [{"code": {"coding": [{"code": "CODE"}]}}]}'.replace(
                "VALUE", value
            ).replace("CODE", code)
            for value in ('"valueString": "c",', "")
            for code in ("a", "z")
        ),
    ],
    "Bundle": [
        *(
            '{"resourceType": "Bundle", "type": "TYPE", "entry": [{"fullUrl": "urn:a", "resource":'
            ' {"resourceType": "Basic"}}, {"fullUrl": "urn:OTHER", "resource": {"resourceType":'
            ' "Basic"}}]}'.replace("TYPE", kind).replace("OTHER", other)
            for kind in ("collection", "history")
            for other in ("a", "b")
        ),
        '{"resourceType": "Bundle", "type": "document"}',
        '{"resourceType": "Bundle", "type": "document", "timestamp": "2020-01-01T00:00:00Z"}',
    ],
    "CodeSystem": [
        '{"resourceType": "CodeSystem", "concept": [{"code": "a", "concept": [{"code": "a"}]}]}',
        '{"resourceType": "CodeSystem", "concept": [{"code": "a", "concept": [{"code": "b"}]}]}',
    ],
}


def has_value(found: list[Any]) -> list[bool]:
    return [len(found) == 1 and not isinstance(getattr(found[0], "data", None), dict | list)]


def fhirpath_says(node: Any, path: str, expression: str) -> bool:
    options = {
        "traceFn": lambda *_: None,
        "userInvocationTable": {"hasValue": {"fn": has_value, "arity": {0: []}}},
    }
    told = fhirpathpy.compile(expression, models["r4"], options)(
        ResourceNode.create_node(node, path), {"resource": node, "context": node}
    )
    return not told or all(told)


@pytest.mark.parametrize("kind", NODES)
def test_both_agree(kind: str) -> None:
    kinds = list(ancestors(kind))
    those = [
        each
        for each in constraints()
        if each.path in kinds and each.judged == "native" and each.key not in APART
    ]
    rules = [
        rule
        for name in kinds
        if name != "Element"
        for rule in (*NATIVE.get(name, ()), *OF_RESOURCES.get(name, ()))
    ]
    assert those
    seen: set[bool] = set()
    for text in NODES[kind]:
        node = parse(text.encode())
        ours = [broken for rule in rules if (broken := rule(node)) is not None]
        theirs = [c.key for c in those if not fhirpath_says(node, c.path, c.expression)]
        assert bool(ours) == bool(theirs), (text, ours, theirs)
        assert all(any(f"({key})" in broken for key in theirs) for broken in ours), (text, theirs)
        seen.add(bool(ours))
    assert seen == {True, False}


def test_every_native_rule_is_one_of_r4() -> None:
    keys = {each.key for each in constraints() if each.judged == "native"}
    told = json.dumps(sorted(keys))
    for rules in (*NATIVE.values(), *OF_RESOURCES.values()):
        for rule in rules:
            assert callable(rule)
    assert len(keys) == 56, told


def test_which_are_judged() -> None:
    """All errors but one are; why that one is not is written beside it."""
    errors = [each for each in constraints() if each.severity == "error"]
    apart = {each.key: each.judged for each in errors if each.judged not in ("native", "fhirpath")}
    assert apart == {"ctm-1": "resolve() asks for another resource"}
    assert len(errors) > 200
