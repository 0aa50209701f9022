"""What reads require, and the search that conditional interactions use."""

from collections.abc import Awaitable, Sequence
from typing import Protocol

from esante.core.domain.permissions import Access
from esante.core.flows.worker_pool import WorkerPool
from esante.search.ports import Matched
from esante.store.ports import ResourceStore, Transaction
from socle.clock import Clock

Pairs = Sequence[tuple[str, str]]
"""Search criteria: the names and values of parameters."""


class FindMatches(Protocol):
    """Finds the matches of a condition, as a transaction sees them."""

    def __call__(
        self, resource_type: str, pairs: Pairs, *, by: Access, within: Transaction
    ) -> Awaitable[Sequence[Matched]]:
        """At most two matches. Raises Refusal for an unsupported parameter or a costly search.

        `by`: the caller's permissions; resources outside them are not found.
        """


class ReadDependencies(Protocol):
    """The dependencies of reads."""

    @property
    def store(self) -> ResourceStore:
        """The stored resources."""

    @property
    def clock(self) -> Clock:
        """Gives the instant from which the `ap` prefix of a granted query is computed."""

    @property
    def base(self) -> str:
        """The FHIR base as callers see it."""

    @property
    def workers(self) -> WorkerPool:
        """Runs work on large resources."""
