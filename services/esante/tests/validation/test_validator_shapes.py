"""The validator reports values of any shape at any place, and never fails."""

import json
from collections.abc import Iterator
from typing import Any

import french
import pytest
from good_resources import OBSERVATION, PATIENT, QUESTIONNAIRE, TIMING
from validator import VALIDATOR, findings

from esante.core.domain.json_parser import parse_json
from socle.errors import Refusal

GOOD = '{"url": "urn:x", "valueString": "y"}'
ODD = (None, 1, -1.5, "x", "", True, [], {}, [None], [[]], [{}], {"a": {}}, [1, "x", {}], "#")


@pytest.mark.parametrize(
    "good", [PATIENT, OBSERVATION, TIMING, QUESTIONNAIRE, json.dumps(french.INS_PATIENT)]
)
def test_nothing_of_any_shape_breaks_the_validator(good: str) -> None:
    """A value of a wrong type is reported, whatever and wherever it is."""
    for path in places(json.loads(good)):
        for odd in ODD:
            resource = json.loads(good)
            at = resource
            for step in path[:-1]:
                at = at[step]
            at[path[-1]] = odd
            found = findings(resource, thorough=True)
            VALIDATOR.check_profiles(resource, [french.CORE + "fr-core-patient-ins"])
            if odd is None or odd == {} or odd == []:
                assert [issue for issue in found if issue.severity == "error"], path


def places(node: Any) -> Iterator[tuple[Any, ...]]:
    """The path of every value in it."""
    steps = node.items() if isinstance(node, dict) else enumerate(node)
    for step, below in steps:
        yield (step,)
        if isinstance(below, dict | list):
            yield from ((step, *rest) for rest in places(below))


@pytest.mark.parametrize(
    "members",
    [
        '"name": [' + ",".join(["1"] * 5000) + "]",
        '"extension": [' + ",".join(["{}"] * 5000) + "]",
        ",".join(f'"a{n}": 1' for n in range(5000)),
        ",".join(f'"_a{n}": {{"extension": [{GOOD}]}}' for n in range(5000)),
        '"_birthDate": [' + ",".join(["1"] * 5000) + "]",
        '"name": [{"given": [' + ",".join(["null"] * 5000) + "]}]",
    ],
)
def test_what_is_all_wrong_is_not_read_to_its_end(members: str) -> None:
    text = '{"resourceType": "Patient", ' + members + "}"
    with pytest.raises(Refusal) as refused:
        VALIDATOR.admit(parse_json(text.encode()), text)
    assert refused.value.category == "invalid"
    assert 1 <= len(refused.value.details["issues"]) <= 501


def test_more_values_than_a_resource_has_are_refused() -> None:
    text = '{"resourceType": "Patient", "a": [' + ",".join(["1"] * 400_001) + "]}"
    with pytest.raises(Refusal) as refused:
        VALIDATOR.admit(parse_json(text.encode()), text)
    assert refused.value.category == "too_large"


def test_a_member_without_a_name_is_unknown() -> None:
    assert [each.code for each in findings('{"resourceType": "Patient", "": 1}')] == ["structure"]
