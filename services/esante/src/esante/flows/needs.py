"""What the flows that change resources need."""

from collections.abc import Callable
from dataclasses import dataclass

from esante.flows.validate import Validator
from esante.ports import ResourceStore
from socle.clock import Clock


@dataclass(frozen=True, slots=True)
class Needs:
    """`new_id`: a logical id nobody has; `validator`: who lets resources in."""

    store: ResourceStore
    clock: Clock
    new_id: Callable[[], str]
    validator: Validator
