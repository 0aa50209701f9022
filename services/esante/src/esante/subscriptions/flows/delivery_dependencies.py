"""The dependencies of deliveries."""

from collections.abc import Callable
from dataclasses import dataclass

from esante.store.ports import ResourceStore
from esante.subscriptions.ports import CountOutcome, ReadVersion, Subscriber, SubscriptionQueue
from socle.clock import Clock


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The dependencies of deliveries; wiring builds them once."""

    queue: SubscriptionQueue
    store: ResourceStore
    subscriber: Subscriber
    read_version: ReadVersion
    clock: Clock
    base: str
    """The FHIR base as callers see it."""
    new_id: Callable[[], str]
    """Returns a UUID."""
    random: Callable[[], float]
    """Returns a number in [0, 1)."""
    count: CountOutcome
