"""Evaluates the invariants of R4 that are stated in FHIRPath (`invariants.tsv`).

What cannot be evaluated, as on values of a wrong type, counts as met: the validation of the
structure reports those. https://hl7.org/fhir/R4/conformance-rules.html#constraints
"""

from collections.abc import Sequence
from typing import Final

from esante.core.domain.outcome import Issue
from esante.validation.domain.examination import InvariantSite
from esante.validation.domain.fhirpath.evaluator import Evaluation, Scope
from esante.validation.domain.fhirpath.expressions import CannotEvaluate
from esante.validation.domain.fhirpath.functions import call
from esante.validation.domain.fhirpath.nodes import Node, resource_node
from esante.validation.domain.fhirpath.parser import parse_expression
from esante.validation.domain.findings import fhirpath_of
from esante.validation.domain.profiles.bound_codes import BoundCodes
from esante.validation.domain.profiles.check_budget import CheckBudget, TooManyChecks

_MAX_STEPS: Final = 1_000_000
"""Of the evaluations of one resource; past it, its other invariants count as met."""


def broken_invariants(sites: Sequence[InvariantSite]) -> list[Issue]:
    """The violated invariants of those sites, in their order."""
    budget, codes = CheckBudget(_MAX_STEPS), BoundCodes()
    found: list[Issue] = []
    for site in sites:
        try:
            holds = invariant_holds(site, codes, budget)
        except TooManyChecks:
            break
        if not holds:
            found.append(_issue(site))
    return found


def invariant_holds(site: InvariantSite, codes: BoundCodes, budget: CheckBudget) -> bool:
    """Whether an invariant is met; an empty result counts as met. Raises TooManyChecks."""
    node = Node(site.node, site.type)
    variables = {
        "%resource": [resource_node(site.resource)],
        "%rootResource": [resource_node(site.outer)],
        "%context": [node],
    }
    tree = parse_expression(site.constraint.expression)
    try:
        return Evaluation(variables, codes, budget, call).truth(tree, Scope([node])) is not False
    except CannotEvaluate:
        return True


def _issue(site: InvariantSite) -> Issue:
    constraint = site.constraint
    return Issue(
        constraint.severity,
        "invariant",
        f"La règle {constraint.key} de FHIR n’est pas suivie : « {constraint.human} ».",
        (fhirpath_of(site.place),),
    )
