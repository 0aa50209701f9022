"""The caller's rights as criteria: each type that a search touches, by a chain, `_has` or an
inclusion too, is narrowed to what that caller may search. The one place where rights enter queries.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from esante.core.domain.permissions import Access, Grant
from esante.search.domain.query.conditions import Reading, condition
from esante.search.domain.query.criteria import (
    AllOf,
    AnyOf,
    Chain,
    Criterion,
    Has,
    Not,
    all_of,
    any_of,
    joins_of,
    merged,
)
from esante.search.domain.query.model import Query
from esante.search.domain.query.parse import in_compartment, read_pairs
from socle.errors import Refusal

_EVERYTHING: Final = AllOf()


def allowed(resource_type: str, access: Access, reading: Reading) -> Criterion | None:
    """What that caller may search of that type; None where nothing."""
    permitted = access.permitted(resource_type, "s")
    if permitted.whole:
        return _EVERYTHING
    ways = [granted(resource_type, each, reading) for each in permitted.grants]
    known = [each for each in ways if each is not None]
    return any_of(known) if known else None


def narrowed(criterion: Criterion, access: Access, reading: Reading) -> Criterion:
    """The same, every type that its chains and `_has` pass through narrowed. Raises
    Refusal("forbidden") where one of them may not be searched at all."""
    if isinstance(criterion, AllOf):
        return AllOf(tuple(narrowed(each, access, reading) for each in criterion.of))
    if isinstance(criterion, AnyOf):
        return AnyOf(tuple(narrowed(each, access, reading) for each in criterion.of))
    if isinstance(criterion, Not):
        return Not(narrowed(criterion.of, access, reading))
    if isinstance(criterion, Has):
        inner = _within(criterion.resource_type, criterion.criterion, access, reading)
        if inner is None:
            raise forbidden([criterion.resource_type])
        return replace(criterion, criterion=inner)
    if isinstance(criterion, Chain):
        ways = [(each, _within(each, inner, access, reading)) for each, inner in criterion.targets]
        targets = tuple((each, inner) for each, inner in ways if inner is not None)
        if not targets:
            raise forbidden(each for each, _ in criterion.targets)
        return replace(criterion, targets=targets)
    return criterion


def branches(
    query: Query, access: Access, reading: Reading
) -> tuple[tuple[tuple[str, ...], Criterion], ...]:
    """What is searched, as few groups of types as have one criterion between them. Raises
    Refusal("forbidden") where a type was named that may not be searched, or none may."""
    found: list[tuple[tuple[str, ...], Criterion]] = []
    for resource_type, criterion in query.criteria:
        inner = _within(resource_type, criterion, access, reading)
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


def _within(
    resource_type: str, criterion: Criterion, access: Access, reading: Reading
) -> Criterion | None:
    right = allowed(resource_type, access, reading)
    if right is None:
        return None
    return all_of([narrowed(criterion, access, reading), right])


def granted(resource_type: str, grant: Grant, reading: Reading) -> Criterion | None:
    """What one grant gives; None where its query cannot be understood, or leads elsewhere."""
    found: list[Criterion] = []
    if grant.patient is not None:
        found.append(in_compartment(resource_type, "Patient", grant.patient))
    try:
        for name, value in read_pairs((grant.query or "").encode()):
            found.append(condition(resource_type, name, value, reading=reading))
    except Refusal:
        return None
    return None if any(True for each in found for _ in joins_of(each)) else all_of(found)
