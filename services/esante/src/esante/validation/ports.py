"""Validators that libraries provide."""

from collections.abc import Sequence
from typing import Any, Protocol

from esante.core.domain.outcome import Issue
from esante.validation.domain.examination import InvariantSite


class StructureValidator(Protocol):
    """What JSON and R4's structure alone show of a resource."""

    def validate(self, resource: str | dict[str, Any]) -> list[Issue]:
        """The mistakes, each with its path, up to `issue.MAX`; its JSON is enough, its value as
        good."""


class InvariantEvaluator(Protocol):
    """Rules that FHIRPath says."""

    def evaluate(self, sites: Sequence[InvariantSite]) -> list[Issue]:
        """What is broken at those places, in their order."""
