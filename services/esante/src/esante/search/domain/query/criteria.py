"""Search criteria: predicates on the index entries of a resource (`store.domain.index_rows`).

Tokens, references and uris are keys of `store.domain.index_keys`, which differ by resource type, so
that the criteria of several types can be merged into one (`merging`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias

from esante.search.domain.near import Near
from esante.search.domain.query.record_criteria import AuthoredBy, InRecords, Unattached
from esante.store.domain.index_rows import BASE_UNITS

Prefix = Literal["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]


@dataclass(frozen=True, slots=True)
class Tokens:
    """`tokens` contains any of those elements."""

    elements: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MainCode:
    """`tokens` contains that element of the main code of its type (`definitions.MAIN_CODE`), which
    is also indexed in the order of creation."""

    element: int

    @property
    def elements(self) -> tuple[int, ...]:
        """As `Tokens.elements`."""
        return (self.element,)


@dataclass(frozen=True, slots=True)
class References:
    """`refs` contains any of those elements."""

    elements: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SelfReference:
    """The resource is one of those with these keys (`self_key`)."""

    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ids:
    """The id is one of those."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DateTest:
    """A comparison with the range [low, high) of the searched value, open at one end at most; for
    `ap`, perhaps at both."""

    prefix: Prefix
    low: datetime | None
    """None: open. For `ap`, the range is already widened."""
    high: datetime | None
    """None: open."""


@dataclass(frozen=True, slots=True)
class LastUpdated:
    """`meta.lastUpdated` meets one of the tests."""

    tests: tuple[DateTest, ...]


@dataclass(frozen=True, slots=True)
class Dates:
    """A value of that date parameter meets one of the tests."""

    parameter: str
    main: bool
    """Whether it is the main date, stored in columns."""
    tests: tuple[DateTest, ...]


@dataclass(frozen=True, slots=True)
class AmountTest:
    """A comparison with a number."""

    prefix: Prefix
    value: Decimal
    """As written in the search."""
    low: Decimal
    """Start of the range [low, high) of its precision; for `ap`, of the range [low, high]."""
    high: Decimal
    """End of that range."""
    unit: int | None = None
    """The key of its unit; None: any."""
    in_base_units: bool = False
    """Whether the numbers are in base units of UCUM, for rows in these (`QuantityRow`)."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """A value of that number or quantity parameter meets one of the tests."""

    parameter: str
    tests: tuple[AmountTest, ...]

    @property
    def tests_by_parameter(self) -> "tuple[tuple[str, tuple[AmountTest, ...]], ...]":
        """The tests of each parameter under which values are indexed."""
        plain = tuple(each for each in self.tests if not each.in_base_units)
        base = tuple(each for each in self.tests if each.in_base_units)
        found = ((self.parameter, plain), (self.parameter + BASE_UNITS, base))
        return tuple((parameter, tests) for parameter, tests in found if tests)


@dataclass(frozen=True, slots=True)
class CompositeMatch:
    """Rows of one repeated element meet the criteria, and `tokens` contains the composite `element`
    of that repeated element (`composite_element`)."""

    element: int
    rows: tuple[Amounts | Dates, ...]


@dataclass(frozen=True, slots=True)
class Strings:
    """A value of that string parameter compares with one of the texts, in that way."""

    parameter: str
    how: Literal["starts", "exact", "contains", "equals", "differs", "ends"]
    """The last three are of `_filter` only."""
    texts: tuple[str, ...]
    """Folded, except for `exact`."""


@dataclass(frozen=True, slots=True)
class UrisBelow:
    """A value of that uri parameter, or a canonical, is one of those, or below one."""

    parameter: str
    uris: tuple[str, ...]
    separator: Literal["/", "."] = "/"
    """What follows a uri in those below it: a part of its path, or of its version."""


@dataclass(frozen=True, slots=True)
class FullText:
    """The words of the narrative, or of all texts of the resource, meet one of the queries.

    Only PostgreSQL can evaluate it (`matcher.needs_database`)."""

    part: Literal["narrative", "content"]
    queries: tuple[str, ...]
    """Folded."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The resource refers, by a reference parameter, to a resource that meets a criterion."""

    parameter: int
    """The key of the parameter."""
    targets: "tuple[tuple[str, Criterion], ...]"
    """(type, criterion) of the resources referred to; one of them suffices."""
    source: str = ""
    """The type that refers; empty unless it can refer to contained resources."""
    code: str = ""
    """The code of the parameter; empty as `source`."""
    contained: "tuple[tuple[str, Criterion], ...]" = ()
    """As `targets`, of contained resources (`contained_chain`). Permissions on other resources do
    not narrow them, since they are part of the one that refers."""


@dataclass(frozen=True, slots=True)
class Has:
    """A resource that meets a criterion refers to this one, by a reference parameter."""

    resource_type: str
    """The type of the referring resource."""
    parameter: int
    """The key of the parameter."""
    criterion: "Criterion"
    """Of the referring resource."""


@dataclass(frozen=True, slots=True)
class InHierarchy:
    """The resource refers, by a reference parameter, to one of some resources, or to one below or
    above them in the hierarchy of their type (`Location.partOf`).

    Only PostgreSQL can evaluate it (`matcher.needs_database`)."""

    parameter: int
    """The key of the parameter."""
    resource_type: str
    """The type of the hierarchy."""
    part_of: int
    """The key of its parameter that refers to the resource above."""
    roots: tuple[int, ...]
    """The keys of those resources (`self_key`)."""
    direction: Literal["below", "above"]
    permitted: "Criterion | None" = None
    """Of the resources of the hierarchy, except the roots; None until permissions narrow it."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every criterion; true without any."""

    of: "tuple[Criterion, ...]" = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one criterion; false without any."""

    of: "tuple[Criterion, ...]" = ()


@dataclass(frozen=True, slots=True)
class Not:
    """The negation of a criterion."""

    of: "Criterion"


Criterion: TypeAlias = (
    Tokens
    | MainCode
    | References
    | InRecords
    | AuthoredBy
    | Unattached
    | SelfReference
    | Ids
    | LastUpdated
    | Dates
    | Amounts
    | CompositeMatch
    | Strings
    | UrisBelow
    | Near
    | FullText
    | Chain
    | Has
    | InHierarchy
    | AllOf
    | AnyOf
    | Not
)


def any_of(criteria: list[Criterion]) -> Criterion:
    """AnyOf of the criteria, with the lookups in one array merged (a MainCode becomes one of
    Tokens); the criterion if only one."""
    if len(criteria) == 1:
        return criteria[0]
    tokens = tuple(e for c in criteria if isinstance(c, Tokens | MainCode) for e in c.elements)
    refs = tuple(e for c in criteria if isinstance(c, References) for e in c.elements)
    found: list[Criterion] = [
        c for c in criteria if not isinstance(c, Tokens | MainCode | References)
    ]
    found += [Tokens(distinct(tokens))] if tokens else []
    found += [References(distinct(refs))] if refs else []
    return found[0] if len(found) == 1 else AnyOf(tuple(found))


def all_of(criteria: list[Criterion]) -> Criterion:
    """AllOf of the criteria, flattened; the criterion if only one."""
    flat = [e for c in criteria for e in (c.of if isinstance(c, AllOf) else (c,))]
    return flat[0] if len(flat) == 1 else AllOf(tuple(flat))


def joins_of(criterion: Criterion) -> Iterator[Chain | Has | InHierarchy]:
    """Every Chain, Has and InHierarchy, at any depth."""
    if isinstance(criterion, Chain | Has | InHierarchy):
        yield criterion
    if isinstance(criterion, AllOf | AnyOf):
        for each in criterion.of:
            yield from joins_of(each)
    elif isinstance(criterion, Not):
        yield from joins_of(criterion.of)
    elif isinstance(criterion, Has):
        yield from joins_of(criterion.criterion)
    elif isinstance(criterion, Chain):
        for _, each in criterion.targets:
            yield from joins_of(each)


def distinct(elements: tuple[int, ...]) -> tuple[int, ...]:
    """The elements without repetitions."""
    return tuple(dict.fromkeys(elements))
