"""What the flows that change resources need."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from esante.core.flows.worker_pool import WorkerPool
from esante.interactions.ports import FindMatches
from esante.store.ports import ResourceStore
from esante.validation.flows.validate import Validator
from socle.clock import Clock

MAX_ATTEMPTS: Final = 20
"""How often what others changed meanwhile is done again."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """`new_id`: a logical id nobody has; `validator`: who lets resources in; `base`: the FHIR base
    as callers see it, under which an absolute reference is one of ours; `aside`: where what is
    large is read, judged and shown; `most_text`: bytes that a resource has at most;
    `if_match_required`: what changes a resource names the version it changes."""

    store: ResourceStore
    clock: Clock
    new_id: Callable[[], str]
    validator: Validator
    find_matches: FindMatches
    base: str
    workers: WorkerPool
    max_text: int
    if_match_required: bool = False
