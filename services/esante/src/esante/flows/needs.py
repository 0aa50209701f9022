"""What the flows that change resources need."""

from collections.abc import Callable
from dataclasses import dataclass

from esante.ports import ResourceStore
from socle.clock import Clock


@dataclass(frozen=True, slots=True)
class Needs:
    """`new_id`: a logical id nobody has."""

    store: ResourceStore
    clock: Clock
    new_id: Callable[[], str]
