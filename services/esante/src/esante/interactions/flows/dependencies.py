"""The dependencies of the interactions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from esante.core.flows.worker_pool import WorkerPool
from esante.interactions.ports import FindMatches
from esante.store.ports import ResourceStore
from esante.validation.flows.validate import Validator
from socle.clock import Clock

MAX_ATTEMPTS: Final = 20
"""Attempts of a write that conflicts with concurrent ones."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Passed to every interaction by wiring."""

    store: ResourceStore
    clock: Clock
    new_id: Callable[[], str]
    """Returns an unused logical id."""
    validator: Validator
    find_matches: FindMatches
    base: str
    """The FHIR base as callers see it; absolute references below it are local."""
    workers: WorkerPool
    max_text: int
    """Maximum characters of a patched resource."""
    if_match_required: bool = False
    """Whether changes must name the version that they replace (428)."""
