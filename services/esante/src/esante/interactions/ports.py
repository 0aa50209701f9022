"""The search that conditional interactions make."""

from collections.abc import Awaitable, Sequence
from typing import Protocol

from esante.core.domain.permissions import Access
from esante.search.ports import Matched
from esante.store.ports import Transaction

Pairs = Sequence[tuple[str, str]]


class FindMatches(Protocol):
    """Finds the matches of a condition, as a transaction sees them."""

    def __call__(
        self, resource_type: str, pairs: Pairs, *, by: Access, within: Transaction
    ) -> Awaitable[Sequence[Matched]]:
        """Two matches at most. Raises Refusal for a parameter that is not supported."""
