"""The search engine, and what a caller may search."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from esante.core.domain.permissions import Access
from esante.core.domain.resource import Resource
from esante.search.domain.query.conditions import Reading
from esante.search.domain.query.criteria import Criterion
from esante.search.domain.query.model import Query
from esante.store.ports import Transaction


class AccessFilter(Protocol):
    """The rights of a caller as a criterion, compiled into every search."""

    def __call__(self, resource_type: str, access: Access, reading: Reading) -> Criterion | None:
        """What that caller may search of that type; None where nothing."""


@dataclass(frozen=True, slots=True)
class Matched:
    """A resource that meets a condition, at its current version."""

    type: str
    id: str
    version: int


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of a search. `total`: None where nobody asked; `following`: where the next page
    begins, None after the last."""

    matches: Sequence[Resource]
    included: Sequence[Resource]
    total: int | None
    following: str | None


class Searches(Protocol):
    """Finds resources, never one that its caller may not search."""

    async def search(self, query: Query, *, access: Access, reading: Reading) -> SearchPage:
        """One page. Raises Refusal: forbidden, or invalid with the issue too-costly."""

    async def matching(
        self, query: Query, *, access: Access, reading: Reading, within: Transaction
    ) -> tuple[Matched, ...]:
        """Two of the resources found at most, as that transaction sees them. Raises the same."""
