"""The caller's rights as criteria: what one caller may search of a type.

The one place where rights enter queries (`search.domain.query.narrowing` compiles them in).
"""

from typing import Final

from esante.core.domain.permissions import Access, Grant
from esante.search.domain.query.conditions import Reading, condition
from esante.search.domain.query.criteria import AllOf, Criterion, all_of, any_of, joins_of
from esante.search.domain.query.parse import in_compartment, read_pairs
from socle.errors import Refusal

_EVERYTHING: Final = AllOf()


def access_filter(resource_type: str, access: Access, reading: Reading) -> Criterion | None:
    """What that caller may search of that type; None where nothing."""
    permitted = access.permitted(resource_type, "s")
    if permitted.whole:
        return _EVERYTHING
    ways = [grant_criterion(resource_type, each, reading) for each in permitted.grants]
    known = [each for each in ways if each is not None]
    return any_of(known) if known else None


def grant_criterion(resource_type: str, grant: Grant, reading: Reading) -> Criterion | None:
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
