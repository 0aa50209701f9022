"""What the flows that change resources need."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from esante.core.flows.worker_pool import Aside
from esante.interactions.ports import Matching
from esante.store.ports import ResourceStore
from esante.validation.flows.validate import Validator
from socle.clock import Clock

TRIES: Final = 20
"""How often what others changed meanwhile is done again."""


@dataclass(frozen=True, slots=True)
class Needs:
    """`new_id`: a logical id nobody has; `validator`: who lets resources in; `base`: the FHIR base
    as callers see it, under which an absolute reference is one of ours; `aside`: where what is
    large is read, judged and shown; `most_text`: bytes that a resource has at most;
    `if_match_required`: what changes a resource names the version it changes."""

    store: ResourceStore
    clock: Clock
    new_id: Callable[[], str]
    validator: Validator
    matching: Matching
    base: str
    aside: Aside
    most_text: int
    if_match_required: bool = False
