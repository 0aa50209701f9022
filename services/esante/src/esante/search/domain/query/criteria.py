"""What a search asks of one resource: tests on what is indexed of it (`domain.indexed`).

Values are already the keys of `domain.hashing`, so that a criterion says by itself what is looked
for, and two criteria of the same shape on several types are one (`merged`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias

Prefix = Literal["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Any of those elements is among its `tokens`."""

    elements: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Coded:
    """It bears that code of its type's main one (`definitions.MAIN_CODE`): an element of its
    `tokens`, kept in the order of creation besides."""

    element: int

    @property
    def elements(self) -> tuple[int, ...]:
        """As Tokens has them."""
        return (self.element,)


@dataclass(frozen=True, slots=True)
class Refs:
    """Any of those elements is among its `refs`."""

    elements: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Selves:
    """It is one of those resources (`self_key`)."""

    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ids:
    """Its id is one of those."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DateTest:
    """A comparison with the range [low, high) that the value searched means, already widened for
    `ap`; None where it is open."""

    prefix: Prefix
    low: datetime | None
    high: datetime | None


@dataclass(frozen=True, slots=True)
class Updated:
    """It was last changed so."""

    tests: tuple[DateTest, ...]


@dataclass(frozen=True, slots=True)
class Dates:
    """A value of that date parameter answers one of the tests. `main`: kept in its own columns."""

    parameter: str
    main: bool
    tests: tuple[DateTest, ...]


@dataclass(frozen=True, slots=True)
class AmountTest:
    """A comparison with a number: `value` as told; [low, high) the range its precision means, or
    that `ap` allows. `unit`: the key of its unit, None for any."""

    prefix: Prefix
    value: Decimal
    low: Decimal
    high: Decimal
    unit: int | None = None


@dataclass(frozen=True, slots=True)
class Amounts:
    """A value of that number or quantity parameter answers one of the tests."""

    parameter: str
    tests: tuple[AmountTest, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """Values that stand together in one element, where `element` (`composite_element`) stands."""

    element: int
    rows: tuple[Amounts | Dates, ...]


@dataclass(frozen=True, slots=True)
class Strings:
    """A value of that string parameter begins with, is or contains one of the texts; they are
    folded, but for `exact`."""

    parameter: str
    how: Literal["starts", "exact", "contains"]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UrisBelow:
    """A value of that uri parameter is one of those or lies below it."""

    parameter: str
    uris: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """It refers, by the parameter of that key, to a resource of one of the types for which its
    criterion holds."""

    parameter: int
    targets: "tuple[tuple[str, Criterion], ...]"


@dataclass(frozen=True, slots=True)
class Has:
    """A resource of that type refers to it, by the parameter of that key, and the criterion holds
    for that resource."""

    resource_type: str
    parameter: int
    criterion: "Criterion"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one; nothing at all where there is none to hold."""

    of: "tuple[Criterion, ...]" = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one; never where there is none."""

    of: "tuple[Criterion, ...]" = ()


@dataclass(frozen=True, slots=True)
class Not:
    """It does not hold."""

    of: "Criterion"


Criterion: TypeAlias = (
    Tokens
    | Coded
    | Refs
    | Selves
    | Ids
    | Updated
    | Dates
    | Amounts
    | Beside
    | Strings
    | UrisBelow
    | Chain
    | Has
    | AllOf
    | AnyOf
    | Not
)


def any_of(criteria: list[Criterion]) -> Criterion:
    """The same as AnyOf, those that can be asked at once put together."""
    if len(criteria) == 1:
        return criteria[0]
    tokens = tuple(e for c in criteria if isinstance(c, Tokens | Coded) for e in c.elements)
    refs = tuple(e for c in criteria if isinstance(c, Refs) for e in c.elements)
    found: list[Criterion] = [c for c in criteria if not isinstance(c, Tokens | Coded | Refs)]
    found += [Tokens(_distinct(tokens))] if tokens else []
    found += [Refs(_distinct(refs))] if refs else []
    return found[0] if len(found) == 1 else AnyOf(tuple(found))


def all_of(criteria: list[Criterion]) -> Criterion:
    """The same as AllOf, without the shells."""
    flat = [e for c in criteria for e in (c.of if isinstance(c, AllOf) else (c,))]
    return flat[0] if len(flat) == 1 else AllOf(tuple(flat))


def merged(one: Criterion, other: Criterion) -> Criterion | None:
    """One criterion for resources of two types, where their own differ by keys alone, which no
    other type bears; None where they differ by more."""
    if one == other:
        return one
    if isinstance(one, Tokens | Coded) and isinstance(other, Tokens | Coded):
        return Tokens(_distinct(one.elements + other.elements))
    if isinstance(one, Refs) and isinstance(other, Refs):
        return Refs(_distinct(one.elements + other.elements))
    if isinstance(one, Not) and isinstance(other, Not):
        inner = merged(one.of, other.of)
        return None if inner is None else Not(inner)
    if isinstance(one, AllOf) and isinstance(other, AllOf):
        found = _merged_each(one.of, other.of)
        return None if found is None else AllOf(found)
    if isinstance(one, AnyOf) and isinstance(other, AnyOf):
        found = _merged_each(one.of, other.of)
        return None if found is None else AnyOf(found)
    return None


def joins_of(criterion: Criterion) -> Iterator[Chain | Has]:
    """Every chain and `_has`, at any depth."""
    if isinstance(criterion, AllOf | AnyOf):
        for each in criterion.of:
            yield from joins_of(each)
    elif isinstance(criterion, Not):
        yield from joins_of(criterion.of)
    elif isinstance(criterion, Has):
        yield criterion
        yield from joins_of(criterion.criterion)
    elif isinstance(criterion, Chain):
        yield criterion
        for _, each in criterion.targets:
            yield from joins_of(each)


def _merged_each(
    one: tuple[Criterion, ...], other: tuple[Criterion, ...]
) -> tuple[Criterion, ...] | None:
    if len(one) != len(other):
        return None
    found = [merged(a, b) for a, b in zip(one, other, strict=True)]
    return None if None in found else tuple(each for each in found if each is not None)


def _distinct(elements: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(elements))
