"""Validators that libraries provide."""

from collections.abc import Sequence
from typing import Any, Protocol

from esante.core.domain.outcome import Issue
from esante.validation.domain.examination import Site


class Structure(Protocol):
    """What JSON and R4's structure alone show of a resource."""

    def judge(self, resource: str | dict[str, Any]) -> list[Issue]:
        """The mistakes, each with its path, up to `issue.MOST`; its JSON is enough, its value as
        good."""


class Invariants(Protocol):
    """Rules that FHIRPath says."""

    def judge(self, sites: Sequence[Site]) -> list[Issue]:
        """What is broken at those places, in their order."""
