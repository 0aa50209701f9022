"""Invariants evaluated natively agree with FHIRPath."""

import json
from typing import Any

import fhirpathpy
import pytest
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models

from esante.core.domain.json_parser import parse_json
from esante.core.domain.structures import ancestors
from esante.validation.domain.constraints import constraints
from esante.validation.domain.invariants import TYPE_RULES
from esante.validation.domain.resource_invariants import RESOURCE_RULES

UCUM = "http://unitsofmeasure.org"
# Invariants that fhirpathpy evaluates wrongly or not at all (see `resource_invariants`),
# comparisons of quantities, and rules on complete trees, which the tests of the validator cover.
APART = {"que-7", "ras-2", "rng-2", "ele-1", "sdf-8", "sdf-8a", "ig-1", "ig-2"}

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
            ' "Basic"}}]}'.replace("TYPE", bundle_type).replace("OTHER", other)
            for bundle_type in ("collection", "history")
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


def fhirpath_holds(node: Any, path: str, expression: str) -> bool:
    options = {
        "traceFn": lambda *_: None,
        "userInvocationTable": {"hasValue": {"fn": has_value, "arity": {0: []}}},
    }
    values = fhirpathpy.compile(expression, models["r4"], options)(
        ResourceNode.create_node(node, path), {"resource": node, "context": node}
    )
    return not values or all(values)


@pytest.mark.parametrize("type_name", NODES)
def test_both_agree(type_name: str) -> None:
    types = list(ancestors(type_name))
    those = [
        each
        for each in constraints()
        if each.path in types and each.evaluation == "native" and each.key not in APART
    ]
    rules = [
        rule
        for name in types
        if name != "Element"
        for rule in (*TYPE_RULES.get(name, ()), *RESOURCE_RULES.get(name, ()))
    ]
    assert those
    seen: set[bool] = set()
    for text in NODES[type_name]:
        node = parse_json(text.encode())
        native = [broken for rule in rules if (broken := rule(node)) is not None]
        by_fhirpath = [c.key for c in those if not fhirpath_holds(node, c.path, c.expression)]
        assert bool(native) == bool(by_fhirpath), (text, native, by_fhirpath)
        assert all(any(f"({key})" in broken for key in by_fhirpath) for broken in native), (
            text,
            by_fhirpath,
        )
        seen.add(bool(native))
    assert seen == {True, False}


def test_every_native_rule_is_one_of_r4() -> None:
    keys = {each.key for each in constraints() if each.evaluation == "native"}
    listed = json.dumps(sorted(keys))
    for rules in (*TYPE_RULES.values(), *RESOURCE_RULES.values()):
        for rule in rules:
            assert callable(rule)
    assert len(keys) == 57, listed


def test_which_are_judged() -> None:
    """All invariants of severity error but one, which has a reason."""
    errors = [each for each in constraints() if each.severity == "error"]
    apart = {
        each.key: each.evaluation
        for each in errors
        if each.evaluation not in ("native", "fhirpath")
    }
    assert apart == {"ctm-1": "resolve() asks for another resource"}
    assert len(errors) > 200
