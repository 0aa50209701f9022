"""The model of a parsed and validated search."""

from dataclasses import dataclass
from typing import Literal

from esante.search.domain.query.criteria import Criterion

SortValueType = Literal["id", "updated", "main_date", "date", "string", "amount", "uri", "text"]
"""How the values of a sort key are stored. `text`: codes and references, read from the JSON."""
Summary = Literal["true", "text", "data", "count", "false"]


@dataclass(frozen=True, slots=True)
class Scope:
    """The scope of a search: one type or all, in the entire system or in a compartment."""

    resource_type: str | None = None
    """None: every type."""
    compartment: tuple[str, str] | None = None
    """(type, id) of the compartment."""

    @property
    def path(self) -> str:
        """The path below the base, without initial slash."""
        compartment_path = "/".join(self.compartment or ())
        if self.compartment is None:
            return self.resource_type or ""
        return f"{compartment_path}/{self.resource_type or '*'}"


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of `_sort`.

    Of several values, the lowest counts if ascending, the highest if descending. Resources without
    a value come last.
    """

    value_type: SortValueType
    parameters: tuple[str, ...]
    """The codes under which the values are indexed."""
    descending: bool


@dataclass(frozen=True, slots=True)
class Include:
    """`_include` or `_revinclude`."""

    source: str | None
    """The type that refers; None: every type."""
    parameter: str | None
    """None: every reference parameter."""
    target: str | None
    """The type referred to; None: every type."""
    reverse: bool
    """Whether it is `_revinclude`."""
    iterate: bool
    """Whether it also applies to included resources (`:iterate`)."""


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed search."""

    scope: Scope
    criteria: tuple[tuple[str, Criterion], ...]
    """(resource type, criterion) of each searched type."""
    named: bool
    """Whether the caller named the types. Then a type that they cannot search is refused; otherwise
    it is skipped."""
    criteria_count: int
    """How many parameters are criteria."""
    sort: tuple[SortKey, ...]
    count: int
    """Greatest number of matches on a page."""
    total: bool
    """Whether the total number of matches is returned."""
    includes: tuple[Include, ...]
    summary: Summary
    applied: tuple[tuple[str, str], ...]
    """The parameters that were applied, as received."""
    ignored: tuple[str, ...]
    """A French sentence for each ignored parameter (handling=lenient)."""
    cursor: str | None
    """The position after which the page begins, as in the link `next`; None for the first."""
    digest: str
    """A hash of the criteria and the order, which a cursor must match."""

    @property
    def counts_only(self) -> bool:
        """Whether only the total is returned. https://hl7.org/fhir/R4/search.html#count"""
        return self.count == 0 or self.summary == "count"
