"""Invariants of R4 evaluated by fhirpathpy, another implementation of FHIRPath.

https://github.com/beda-software/fhirpath-py
"""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import fhirpathpy
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models

from esante.validation.domain.constraints import Constraint
from esante.validation.domain.examination import InvariantSite

_R4 = models["r4"]


def fhirpathpy_holds(site: InvariantSite) -> bool:
    """Whether an invariant is met. An empty result counts as met, and so does an exception."""
    node = ResourceNode.create_node(  # type: ignore[no-untyped-call]
        site.node, site.constraint.path
    )
    given = {"resource": site.resource, "rootResource": site.outer, "context": node}
    try:
        values = _compiled(site.constraint)(node, given)
    except Exception:
        return True
    return not values or all(values)


def _is_distinct(found: list[Any]) -> list[bool]:
    """isDistinct() in linear time; that of fhirpathpy is quadratic."""
    values = [each.data if isinstance(each, ResourceNode) else each for each in found]
    return [len({json.dumps(each, sort_keys=True, default=str) for each in values}) == len(values)]


@cache
def _compiled(constraint: Constraint) -> Callable[[Any, Any], list[Any]]:
    # trace() prints.
    options = {
        "traceFn": lambda *_arguments: None,
        "userInvocationTable": {"isDistinct": {"fn": _is_distinct, "arity": {0: []}}},
    }
    return fhirpathpy.compile(constraint.expression, _R4, options)
