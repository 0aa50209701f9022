"""Validators that libraries provide."""

from collections.abc import Sequence
from typing import Any, Protocol

from esante.core.domain.outcome import Issue
from esante.validation.domain.examination import InvariantSite


class StructureValidator(Protocol):
    """Validates JSON and the structure of R4: types, cardinalities, unknown members."""

    def validate(self, resource: str | dict[str, Any]) -> list[Issue]:
        """The mistakes, each with its path, up to `findings.MAX_MISTAKES`.

        `resource`: its JSON or its parsed value.
        """


class InvariantEvaluator(Protocol):
    """Evaluates invariants that FHIRPath expresses."""

    def evaluate(self, sites: Sequence[InvariantSite]) -> list[Issue]:
        """The violated invariants of those sites, in their order."""
