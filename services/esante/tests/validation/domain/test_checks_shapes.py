"""A value of any shape, at any place of a case, breaks no check of the domain."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from validation_cases import FAMILIES, cases

from esante.validation.domain.examination import examine
from socle.testing import sized

ODD = (None, 1, "x", True, [], {}, [None], [[]], [{}], {"a": {}}, [1, "x", {}], "#")
SHAPES = sized(2, deep=len(ODD))


@pytest.mark.deep
@pytest.mark.parametrize("family", FAMILIES)
def test_no_shape_breaks_a_check(family: str) -> None:
    for resource in [case.resource for case in cases(family)][:8]:
        for at, path in enumerate(places(resource)):
            # Each place has one odd value or another; all of them in a complete campaign.
            for number in range(at, at + SHAPES):
                examine(replaced(resource, path, ODD[number % len(ODD)]))


def replaced(resource: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of the resource with another value at a path."""
    changed = copy.deepcopy(resource)
    at = changed
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return changed


def places(node: Any) -> Iterator[tuple[Any, ...]]:
    """The path of every value in it."""
    steps = node.items() if isinstance(node, dict) else enumerate(node)
    for step, below in steps:
        yield (step,)
        if isinstance(below, dict | list):
            yield from ((step, *rest) for rest in places(below))
