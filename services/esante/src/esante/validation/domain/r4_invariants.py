"""Evaluates the invariants of R4 that are stated in FHIRPath (`invariants.tsv`).

What cannot be evaluated, as on values of a wrong type, counts as met: the validation of the
structure reports those. https://hl7.org/fhir/R4/conformance-rules.html#constraints
"""

from collections.abc import Sequence
from typing import Final

from esante.core.domain.check_budget import CheckBudget, TooManyChecks
from esante.core.domain.outcome import Issue
from esante.fhirpath.domain.engine import CannotEvaluate, Environment, Node, is_true, parse
from esante.fhirpath.domain.nodes import resource_node
from esante.validation.domain.examination import InvariantSite
from esante.validation.domain.findings import fhirpath_of
from esante.validation.domain.profiles.bound_codes import BoundCodes, invariant_environment

_MAX_STEPS: Final = 1_000_000
"""Of the evaluations of one resource; past it, its other invariants count as met."""


def broken_invariants(sites: Sequence[InvariantSite]) -> list[Issue]:
    """The violated invariants of those sites, in their order."""
    budget = CheckBudget(_MAX_STEPS)
    environment = invariant_environment(BoundCodes(), budget)
    found: list[Issue] = []
    for site in sites:
        try:
            holds = invariant_holds(site, environment, budget)
        except TooManyChecks:
            break
        if not holds:
            found.append(_issue(site))
    return found


def invariant_holds(site: InvariantSite, environment: Environment, budget: CheckBudget) -> bool:
    """Whether an invariant is met; an empty result counts as met. Raises TooManyChecks."""
    node = Node(site.node, site.type)
    variables = {
        "%resource": [resource_node(site.resource)],
        "%rootResource": [resource_node(site.outer)],
    }
    tree = parse(site.constraint.expression)
    try:
        holds = is_true(tree, node, variables=variables, environment=environment, budget=budget)
    except CannotEvaluate:
        return True
    return holds is not False


def _issue(site: InvariantSite) -> Issue:
    constraint = site.constraint
    return Issue(
        constraint.severity,
        "invariant",
        f"La règle {constraint.key} de FHIR n’est pas suivie : « {constraint.human} ».",
        (fhirpath_of(site.place),),
    )
