"""Merges the criteria of several resource types into one."""

from esante.search.domain.query.criteria import (
    AllOf,
    AnyOf,
    Criterion,
    MainCode,
    Not,
    References,
    Tokens,
    distinct,
)


def merge(one: Criterion, other: Criterion) -> Criterion | None:
    """One criterion for two resource types, if theirs differ only by keys; else None.

    A key belongs to one type, so the merged criterion means the same for each.
    """
    if one == other:
        return one
    if isinstance(one, Tokens | MainCode) and isinstance(other, Tokens | MainCode):
        return Tokens(distinct(one.elements + other.elements))
    if isinstance(one, References) and isinstance(other, References):
        return References(distinct(one.elements + other.elements))
    if isinstance(one, Not) and isinstance(other, Not):
        inner = merge(one.of, other.of)
        return None if inner is None else Not(inner)
    if isinstance(one, AllOf) and isinstance(other, AllOf):
        found = _merge_each(one.of, other.of)
        return None if found is None else AllOf(found)
    if isinstance(one, AnyOf) and isinstance(other, AnyOf):
        found = _merge_each(one.of, other.of)
        return None if found is None else AnyOf(found)
    return None


def _merge_each(
    one: tuple[Criterion, ...], other: tuple[Criterion, ...]
) -> tuple[Criterion, ...] | None:
    if len(one) != len(other):
        return None
    found = [merge(a, b) for a, b in zip(one, other, strict=True)]
    return None if None in found else tuple(each for each in found if each is not None)
