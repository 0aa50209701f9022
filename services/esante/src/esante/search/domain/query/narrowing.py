"""Narrows a search to the permissions of its caller.

Every resource type in the search is narrowed, also at the far end of chains and `_has`.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeAlias

from esante.search.domain.query.criteria import (
    AllOf,
    AnyOf,
    Chain,
    Criterion,
    Has,
    InHierarchy,
    Not,
    all_of,
)
from esante.search.domain.query.merging import merge
from esante.search.domain.query.model import Query
from esante.search.domain.query.named_records import in_named_records
from socle.errors import Refusal

TypeFilter: TypeAlias = Callable[[str], Criterion | None]
"""The criterion that narrows searches of a resource type; None if the caller cannot search it."""


def narrow(criterion: Criterion, type_filter: TypeFilter) -> Criterion:
    """Narrow the types at the far ends of the chains and `_has` in a criterion.

    Raises Refusal("forbidden") for a `_has` from a type that cannot be searched, and for a chain
    to types none of which can.
    """
    if isinstance(criterion, AllOf):
        return AllOf(tuple(narrow(each, type_filter) for each in criterion.of))
    if isinstance(criterion, AnyOf):
        return AnyOf(tuple(narrow(each, type_filter) for each in criterion.of))
    if isinstance(criterion, Not):
        return Not(narrow(criterion.of, type_filter))
    if isinstance(criterion, Has):
        inner = _within(criterion.resource_type, criterion.criterion, type_filter)
        if inner is None:
            raise search_forbidden([criterion.resource_type])
        return replace(criterion, criterion=inner)
    if isinstance(criterion, Chain):
        narrowed = [(each, _within(each, inner, type_filter)) for each, inner in criterion.targets]
        targets = tuple((each, inner) for each, inner in narrowed if inner is not None)
        if not targets:
            raise search_forbidden(each for each, _ in criterion.targets)
        searched = {each for each, _ in targets}
        contained = tuple(
            (each, narrow(inner, type_filter))
            for each, inner in criterion.contained
            if each in searched
        )
        return replace(criterion, targets=targets, contained=contained)
    if isinstance(criterion, InHierarchy):
        permitted = type_filter(criterion.resource_type)
        if permitted is None:
            raise search_forbidden([criterion.resource_type])
        return replace(criterion, permitted=permitted)
    return criterion


def narrow_query(
    query: Query, type_filter: TypeFilter
) -> tuple[tuple[tuple[str, ...], Criterion], ...]:
    """(types, criterion) of a narrowed search; types whose criteria can be merged are grouped.

    Empty if the query has no types. Raises Refusal("forbidden") if a named type cannot be searched,
    or none can.
    """
    found: list[tuple[tuple[str, ...], Criterion]] = []
    for resource_type, criterion in query.criteria:
        inner = _within(resource_type, criterion, type_filter)
        if inner is None:
            if query.named:
                raise search_forbidden([resource_type])
            continue
        for place, (types, other) in enumerate(found):
            if (both := merge(other, inner)) is not None:
                found[place] = ((*types, resource_type), both)
                break
        else:
            found.append(((resource_type,), inner))
    if not found and query.criteria:
        raise Refusal("forbidden", "Votre jeton ne permet de rechercher aucune ressource.")
    return tuple(found)


def search_forbidden(types: Iterable[str]) -> Refusal:
    """The Refusal for types that the caller cannot search."""
    listed = ", ".join(types)
    return Refusal("forbidden", f"Votre jeton ne permet pas de rechercher des ressources {listed}.")


def _within(resource_type: str, criterion: Criterion, type_filter: TypeFilter) -> Criterion | None:
    """The narrowed criterion on that type; None if the caller cannot search it."""
    permitted = type_filter(resource_type)
    if permitted is None:
        return None
    permitted = in_named_records(resource_type, criterion, permitted)
    return all_of([narrow(criterion, type_filter), permitted])
