"""Invariants evaluated by fhirpathpy, which no other module imports.

Each expression is compiled once, at its first use. https://github.com/beda-software/fhirpath-py
"""

import json
import threading
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import fhirpathpy
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models

from esante.core.domain.outcome import Issue
from esante.validation.domain.constraints import Constraint
from esante.validation.domain.examination import InvariantSite
from esante.validation.domain.findings import fhirpath_of

_R4 = models["r4"]
# The parser has global state, and large resources are validated in threads.
_COMPILING = threading.Lock()


class FhirpathEvaluator:
    """Implements `InvariantEvaluator`."""

    def evaluate(self, sites: Sequence[InvariantSite]) -> list[Issue]:
        """The violated invariants of those sites, in their order."""
        return [_issue(site) for site in sites if not _holds(site)]


def _holds(site: InvariantSite) -> bool:
    """Whether an invariant is met. An empty result counts as met, and so does an exception."""
    node = ResourceNode.create_node(  # type: ignore[no-untyped-call]
        site.node, site.constraint.path
    )
    given = {"resource": site.resource, "rootResource": site.outer, "context": node}
    try:
        values = _compiled(site.constraint)(node, given)
    except Exception:  # noqa: BLE001 - fhirpathpy has no exception of its own
        # It fails on values of a wrong type, which the validation of the structure reports.
        return True
    return not values or all(values)


def _is_distinct(found: list[Any]) -> list[bool]:
    """isDistinct() in linear time; that of fhirpathpy is quadratic."""
    values = [each.data if isinstance(each, ResourceNode) else each for each in found]
    return [len({json.dumps(each, sort_keys=True, default=str) for each in values}) == len(values)]


@cache
def _compiled(constraint: Constraint) -> Callable[[Any, Any], list[Any]]:
    with _COMPILING:
        return _compile(constraint)


def _compile(constraint: Constraint) -> Callable[[Any, Any], list[Any]]:
    # trace() would print the content of patients' resources.
    options = {
        "traceFn": lambda *_arguments: None,
        "userInvocationTable": {"isDistinct": {"fn": _is_distinct, "arity": {0: []}}},
    }
    return fhirpathpy.compile(constraint.expression, _R4, options)


def _issue(site: InvariantSite) -> Issue:
    constraint = site.constraint
    return Issue(
        constraint.severity,
        "invariant",
        f"La règle {constraint.key} de FHIR n’est pas suivie : « {constraint.human} ».",
        (fhirpath_of(site.place),),
    )
