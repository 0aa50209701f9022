"""What the flows that change resources need."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from esante.core.domain.permissions import Access
from esante.core.flows.worker_pool import Aside
from esante.store.ports import Matched, ResourceStore, Transaction
from esante.validation.flows.validate import Validator
from socle.clock import Clock

TRIES: Final = 20
"""How often what others changed meanwhile is done again."""

Pairs = Sequence[tuple[str, str]]


class Matching(Protocol):
    """Finds what meets a condition, as a transaction sees it."""

    def __call__(
        self, resource_type: str, pairs: Pairs, *, by: Access, within: Transaction
    ) -> Awaitable[Sequence[Matched]]:
        """Two at most. Raises Refusal for a condition that is not wholly understood."""


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
