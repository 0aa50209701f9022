"""The search engine, and the filter of searches by permissions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from esante.core.domain.permissions import Access
from esante.core.domain.resource import Resource
from esante.search.domain.query.criteria import Criterion
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.query.model import Query
from esante.store.ports import Transaction


class AccessFilter(Protocol):
    """Expresses the permissions of a caller as a criterion, which is added to every search."""

    def __call__(
        self, resource_type: str, access: Access, context: SearchContext
    ) -> Criterion | None:
        """The criterion that narrows searches of that type; None if the caller cannot search it."""


@dataclass(frozen=True, slots=True)
class Matched:
    """A resource that meets the criteria of a conditional interaction."""

    type: str
    id: str
    version: int


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of a search."""

    matches: Sequence[Resource]
    included: Sequence[Resource]
    """Of `_include` and `_revinclude`."""
    total: int | None
    """None if not requested; but 0 if the query has no types."""
    next_cursor: str | None
    """None on the last page."""


class Searches(Protocol):
    """Searches resources, always narrowed to the permissions of the caller."""

    async def search(self, query: Query, *, access: Access, context: SearchContext) -> SearchPage:
        """One page of a search.

        Raises Refusal: "forbidden"; "invalid" for a forged cursor, or with the issue "too-costly".
        """

    async def list_labels(
        self, query: Query, *, access: Access, context: SearchContext
    ) -> Sequence[tuple[str, Any]]:
        """The distinct labels of the matches: (`profile`, `security` or `tag`; the JSON value).

        Raises Refusal as `search`.
        """

    async def find_matches(
        self, query: Query, *, access: Access, context: SearchContext, within: Transaction
    ) -> tuple[Matched, ...]:
        """At most two matches, as that transaction sees them. Raises as `search`."""
