"""A search, once read and checked."""

from dataclasses import dataclass
from typing import Literal

from esante.search.domain.query.criteria import Criterion

SortKind = Literal["id", "updated", "main_date", "date", "string", "amount", "uri", "text"]
"""`text`: of codes and references, which nothing but the resource itself holds as they are."""
Summary = Literal["true", "text", "data", "count", "false"]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a search is asked: of a type, or of every type (None); in a compartment (type, id)."""

    resource_type: str | None = None
    compartment: tuple[str, str] | None = None

    @property
    def path(self) -> str:
        """Below the base, without a slash before it; empty for the base itself."""
        told = "/".join(self.compartment or ())
        if self.compartment is None:
            return self.resource_type or ""
        return f"{told}/{self.resource_type or '*'}"


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of an order, by the values kept under those codes. Of several values the least counts
    upwards, the greatest downwards; resources without any come last."""

    kind: SortKind
    parameters: tuple[str, ...]
    descending: bool


@dataclass(frozen=True, slots=True)
class Include:
    """`_include` or `_revinclude` (`reverse`). `source`: the type that refers, None for every one;
    `parameter`: None for every reference; `target`: the type referred to, None for every one."""

    source: str | None
    parameter: str | None
    target: str | None
    reverse: bool
    iterate: bool


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched and how it is told.

    `criteria`: each type searched with what is asked of it; `named`: whether the types are those
    somebody named, so that one which may not be read is told; `asked`: how many criteria there are
    in words; `applied`: the parameters that count, as they came; `ignored`: a sentence for each
    that does not (handling=lenient); `digest`: of what is asked, which a cursor carries.
    """

    scope: Scope
    criteria: tuple[tuple[str, Criterion], ...]
    named: bool
    asked: int
    sort: tuple[SortKey, ...]
    count: int
    total: bool
    includes: tuple[Include, ...]
    summary: Summary
    applied: tuple[tuple[str, str], ...]
    ignored: tuple[str, ...]
    cursor: str | None
    digest: str

    @property
    def counts_only(self) -> bool:
        """Whether only the total is told. https://hl7.org/fhir/R4/search.html#count"""
        return self.count == 0 or self.summary == "count"
