"""The entry of the FHIRPath engine: parse an expression once, evaluate it on many resources.

    compiled = parse("name.where(use = 'official').family")
    nodes = evaluate(compiled, patient)                    # [Node('Durand', 'string')]
    [each.value for each in nodes]                         # JSON, or a Quantity

`MalformedExpression` (of the grammar) and `CannotEvaluate` (of the evaluation) have a French
sentence; `TooManyChecks` means that the budget is used up. An evaluation takes about 1 µs a step.
Functions of others (`getResourceKey()`) are added by `Environment.functions`.
https://hl7.org/fhirpath/N1/, https://hl7.org/fhir/R4/fhirpath.html
"""

from collections.abc import Mapping
from typing import Any, Final

from esante.core.domain.check_budget import CheckBudget, TooManyChecks
from esante.fhirpath.domain.evaluator import Environment, Evaluation, Scope, Values
from esante.fhirpath.domain.expressions import (
    CannotEvaluate,
    Expression,
    MalformedExpression,
)
from esante.fhirpath.domain.functions import call
from esante.fhirpath.domain.nodes import Node, resource_node, system_node
from esante.fhirpath.domain.parser import fhirpath_problem, parse
from esante.fhirpath.domain.quantities import Quantity

__all__ = [
    "CannotEvaluate",
    "CheckBudget",
    "Environment",
    "Evaluation",
    "Expression",
    "MalformedExpression",
    "Node",
    "Quantity",
    "TooManyChecks",
    "Values",
    "evaluate",
    "fhirpath_problem",
    "is_true",
    "new_evaluation",
    "parse",
    "resource_node",
    "system_node",
]

MAX_STEPS: Final = 200_000
"""Of one evaluation, unless the caller has a budget."""
_NOTHING_MORE: Final = Environment()


def evaluate(
    compiled: Expression,
    on: Mapping[str, Any] | Node,
    *,
    variables: Mapping[str, Values] | None = None,
    environment: Environment = _NOTHING_MORE,
    budget: CheckBudget | None = None,
) -> Values:
    """The values of an expression on a resource, or on a node of one.

    `variables`: by name with the sign (`%patient`); `%resource`, `%rootResource` and `%context` are
    the resource unless they are among them. Raises CannotEvaluate for what is not known here, and
    TooManyChecks past the budget.
    """
    node = on if isinstance(on, Node) else resource_node(on)
    evaluation = new_evaluation(node, variables, environment, budget or CheckBudget(MAX_STEPS))
    return evaluation.values(compiled, Scope([node]))


def is_true(
    compiled: Expression,
    on: Mapping[str, Any] | Node,
    *,
    variables: Mapping[str, Values] | None = None,
    environment: Environment = _NOTHING_MORE,
    budget: CheckBudget | None = None,
) -> bool | None:
    """The truth of an expression, as `evaluate`; None if it is empty."""
    node = on if isinstance(on, Node) else resource_node(on)
    evaluation = new_evaluation(node, variables, environment, budget or CheckBudget(MAX_STEPS))
    return evaluation.truth(compiled, Scope([node]))


def new_evaluation(
    node: Node,
    variables: Mapping[str, Values] | None,
    environment: Environment,
    budget: CheckBudget,
) -> Evaluation:
    """An evaluation on a node, of which also the traces are read. Arguments as in `evaluate`."""
    own = [node]
    standard = {"%resource": own, "%rootResource": own, "%context": own}
    return Evaluation({**standard, **(variables or {})}, environment, budget, call)
