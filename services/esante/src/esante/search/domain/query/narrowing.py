"""A search narrowed to what its caller may find.

Every resource type that it touches is narrowed: by a chain, `_has` or an inclusion too.
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
    Not,
    all_of,
    merged,
)
from esante.search.domain.query.model import Query
from socle.errors import Refusal

TypeFilter: TypeAlias = Callable[[str], Criterion | None]
"""What a caller may search of a resource type; None where nothing."""


def narrowed(criterion: Criterion, type_filter: TypeFilter) -> Criterion:
    """The same, every type that its chains and `_has` pass through narrowed. Raises
    Refusal("forbidden") where one of them may not be searched at all."""
    if isinstance(criterion, AllOf):
        return AllOf(tuple(narrowed(each, type_filter) for each in criterion.of))
    if isinstance(criterion, AnyOf):
        return AnyOf(tuple(narrowed(each, type_filter) for each in criterion.of))
    if isinstance(criterion, Not):
        return Not(narrowed(criterion.of, type_filter))
    if isinstance(criterion, Has):
        inner = _within(criterion.resource_type, criterion.criterion, type_filter)
        if inner is None:
            raise forbidden([criterion.resource_type])
        return replace(criterion, criterion=inner)
    if isinstance(criterion, Chain):
        ways = [(each, _within(each, inner, type_filter)) for each, inner in criterion.targets]
        targets = tuple((each, inner) for each, inner in ways if inner is not None)
        if not targets:
            raise forbidden(each for each, _ in criterion.targets)
        return replace(criterion, targets=targets)
    return criterion


def branches(
    query: Query, type_filter: TypeFilter
) -> tuple[tuple[tuple[str, ...], Criterion], ...]:
    """What is searched, as few groups of types as have one criterion between them. Raises
    Refusal("forbidden") where a type was named that may not be searched, or none may."""
    found: list[tuple[tuple[str, ...], Criterion]] = []
    for resource_type, criterion in query.criteria:
        inner = _within(resource_type, criterion, type_filter)
        if inner is None:
            if query.named:
                raise forbidden([resource_type])
            continue
        for place, (types, other) in enumerate(found):
            if (both := merged(other, inner)) is not None:
                found[place] = ((*types, resource_type), both)
                break
        else:
            found.append(((resource_type,), inner))
    if not found and query.criteria:
        raise Refusal("forbidden", "Votre jeton ne permet de rechercher aucune ressource.")
    return tuple(found)


def forbidden(types: Iterable[str]) -> Refusal:
    """No right at all to search those types."""
    told = ", ".join(types)
    return Refusal("forbidden", f"Votre jeton ne permet pas de rechercher des ressources {told}.")


def _within(resource_type: str, criterion: Criterion, type_filter: TypeFilter) -> Criterion | None:
    right = type_filter(resource_type)
    if right is None:
        return None
    return all_of([narrowed(criterion, type_filter), right])
