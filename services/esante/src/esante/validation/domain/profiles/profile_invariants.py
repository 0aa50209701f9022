"""Evaluates the invariants of profiles (ElementDefinition.constraint) on values.

https://hl7.org/fhir/R4/conformance-rules.html#constraints
"""

from collections.abc import Mapping
from typing import Any, Final

from esante.core.domain.check_budget import CheckBudget, TooManyChecks
from esante.fhirpath.domain.engine import CannotEvaluate, Node, is_true, parse, resource_node
from esante.validation.domain.findings import Findings, Place
from esante.validation.domain.profiles.bound_codes import BoundCodes, invariant_environment
from esante.validation.domain.profiles.rules import Invariant

_PARSING: Final = 4
"""Characters of an expression that cost a step of the budget, each time it is parsed."""


class InvariantEvaluation:
    """The invariants of one resource, within one budget.

    Past it, no other is evaluated, and one of the findings reports it.
    """

    def __init__(
        self,
        resource: Mapping[str, Any],
        found: Findings,
        codes: BoundCodes,
        budget: CheckBudget,
    ) -> None:
        own = [resource_node(resource)]
        self._variables = {"%resource": own, "%rootResource": own}
        self._found, self._environment = found, invariant_environment(codes, budget)
        self._budget, self._exhausted = budget, False

    def check(self, invariant: Invariant, node: Node, place: Place) -> None:
        """Add what an invariant finds on a value: that it is violated, or was not evaluated."""
        if self._exhausted:
            return
        name = f"La règle {invariant.key}"
        try:
            holds = self._evaluate(invariant.expression, node)
        except CannotEvaluate as why:
            self._found.information("not-supported", place, f"{name} n’a pas été évaluée : {why}")
        except TooManyChecks:
            self._exhausted = True
            words = f"{name} n’a pas été évaluée, ni les suivantes : elles demandent trop de temps."
            self._found.warning("too-costly", place, words)
        else:
            self._report(invariant, holds, place)

    def _evaluate(self, expression: str, node: Node) -> bool | None:
        self._budget.spend(1 + len(expression) // _PARSING)
        return is_true(
            parse(expression),
            node,
            variables=self._variables,
            environment=self._environment,
            budget=self._budget,
        )

    def _report(self, invariant: Invariant, holds: bool | None, place: Place) -> None:
        if holds is None:
            words = f"La règle {invariant.key} n’a pas de résultat ici."
            self._found.information("informational", place, words)
        elif not holds:
            words = f"La règle {invariant.key} n’est pas suivie : « {invariant.human} »."
            if invariant.severity == "error":
                self._found.error("invariant", place, words)
            else:
                self._found.warning("invariant", place, words)
