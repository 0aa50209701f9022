"""The dependencies of the interactions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from esante.core.domain.idempotency_key import IdempotencyKey
from esante.core.domain.outcome import Issue
from esante.core.flows.worker_pool import WorkerPool
from esante.interactions.flows.running_keys import RunningKeys
from esante.interactions.ports import FindMatches
from esante.store.ports import BinaryContents, ResourceStore
from esante.subscriptions.flows.admit_subscription import SubscriptionAdmission
from esante.validation.flows.validate import Validator
from socle.clock import Clock

MAX_ATTEMPTS: Final = 20
"""How often a write is tried that conflicts with concurrent ones."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The dependencies of all interactions; wiring builds them once."""

    store: ResourceStore
    contents: BinaryContents
    clock: Clock
    new_id: Callable[[], str]
    """Returns an unused logical id."""
    validator: Validator
    subscriptions: SubscriptionAdmission
    """Checks the Subscriptions that are written."""
    find_matches: FindMatches
    base: str
    """The FHIR base as callers see it; absolute references below it are local."""
    workers: WorkerPool
    max_text: int
    """Maximum characters of a patched resource."""
    max_binary: int
    """Maximum bytes of a Binary that is sent as bytes."""
    if_match_required: bool = False
    """Whether updates, patches and deletes must have If-Match; otherwise 428."""
    idempotency_key: IdempotencyKey | None = None
    """Recorded together with the changes of the request that it marks; None without one."""
    running_keys: RunningKeys = field(default_factory=RunningKeys)
    count_warnings: Callable[[Sequence[Issue]], None] = lambda _: None
    """Counts what written resources are warned about."""
