"""Where a reference may lead.

https://hl7.org/fhir/R4/references.html
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from esante.core.domain.structures import RESOURCE_TYPES

_RELATIVE: Final = re.compile(
    r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]+)(?:/_history/[A-Za-z0-9\-.]{1,64})?(?:#.*)?"
)
_CONDITIONAL: Final = re.compile(r"([A-Z][A-Za-z]+)\?\S+")
# A resource of another server, as a RESTful address tells its type.
_ELSEWHERE: Final = re.compile(
    r"https?://\S+/([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?"
)
_ABSOLUTE: Final = re.compile(r"[a-z][a-z0-9+.\-]*:\S+")


def wrong_reference(
    reference: Mapping[str, Any], targets: frozenset[str], contained: Mapping[str, str]
) -> str | None:
    """What is wrong with a Reference, None where nothing is. `targets`: types it may lead to, none
    for any; `contained`: type of each contained resource, by id."""
    literal = reference.get("reference")
    told = reference.get("type")
    if isinstance(told, str) and not _allowed(told.rpartition("/")[2], targets):
        return _not_allowed(told, targets)
    if not isinstance(literal, str):
        return None
    if literal.startswith("#"):
        return _wrong_local(literal, targets, contained)
    match = _RELATIVE.fullmatch(literal) or _CONDITIONAL.fullmatch(literal)
    if match is None:
        if _ABSOLUTE.fullmatch(literal):
            elsewhere = _ELSEWHERE.fullmatch(literal)
            if elsewhere is None or elsewhere[1] not in RESOURCE_TYPES:
                return None
            kind = elsewhere[1]
            return None if _allowed(kind, targets) else _not_allowed(kind, targets)
        return f"« {literal} » n’est pas une référence (Type/identifiant, ou une adresse absolue)."
    if match[1] not in RESOURCE_TYPES:
        return f"« {match[1]} » n’est pas un type de ressource de FHIR R4."
    return None if _allowed(match[1], targets) else _not_allowed(match[1], targets)


def _wrong_local(literal: str, targets: frozenset[str], contained: Mapping[str, str]) -> str | None:
    # "#" alone is the resource that contains this one.
    if literal == "#":
        return None
    kind = contained.get(literal[1:])
    if kind is None:
        return f"Aucune ressource contenue n’a l’identifiant de « {literal} »."
    return None if _allowed(kind, targets) else _not_allowed(kind, targets)


def _allowed(kind: str, targets: frozenset[str]) -> bool:
    return not targets or kind in targets or "Resource" in targets


def _not_allowed(kind: str, targets: frozenset[str]) -> str:
    told = ", ".join(sorted(targets))
    return f"Une référence à {kind} n’est pas permise ici ; types admis : {told}."
