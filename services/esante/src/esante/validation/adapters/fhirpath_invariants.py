"""Invariants judged by fhirpathpy: its one door.

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
from esante.validation.domain.examination import Site
from esante.validation.domain.findings import tell

_R4 = models["r4"]
# Its parser shares what it learns of the grammar, and large resources are judged in threads.
_COMPILING = threading.Lock()


class FhirpathInvariants:
    """Implements `Invariants`."""

    def judge(self, sites: Sequence[Site]) -> list[Issue]:
        """What is broken, of the invariants of those sites, in their order."""
        return [_issue(site) for site in sites if not _holds(site)]


def _holds(site: Site) -> bool:
    """Whether an invariant holds; what cannot be told (empty) counts as kept."""
    node = ResourceNode.create_node(  # type: ignore[no-untyped-call]
        site.node, site.constraint.path
    )
    given = {"resource": site.resource, "rootResource": site.outer, "context": node}
    try:
        told = _compiled(site.constraint)(node, given)
    except Exception:  # noqa: BLE001 - it raises no other, for values that structure refuses already
        return True
    return not told or all(told)


def _is_distinct(found: list[Any]) -> list[bool]:
    """isDistinct(); fhirpathpy's own compares each with each, which long lists cannot afford."""
    values = [each.data if isinstance(each, ResourceNode) else each for each in found]
    return [len({json.dumps(each, sort_keys=True, default=str) for each in values}) == len(values)]


@cache
def _compiled(constraint: Constraint) -> Callable[[Any, Any], list[Any]]:
    with _COMPILING:
        return _compile(constraint)


def _compile(constraint: Constraint) -> Callable[[Any, Any], list[Any]]:
    # trace() of an expression would print what patients' resources say.
    options = {
        "traceFn": lambda *_told: None,
        "userInvocationTable": {"isDistinct": {"fn": _is_distinct, "arity": {0: []}}},
    }
    return fhirpathpy.compile(constraint.expression, _R4, options)


def _issue(site: Site) -> Issue:
    constraint = site.constraint
    return Issue(
        constraint.severity,
        "invariant",
        f"La règle {constraint.key} de FHIR n’est pas suivie : « {constraint.human} ».",
        (tell(site.place),),
    )
