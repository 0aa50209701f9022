"""Validation of references: their syntax and the types of their targets.

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
# A resource of another server: the type is in its RESTful address.
_RESTFUL_URL: Final = re.compile(
    r"(?i:https?)://\S+/([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?"
)
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+")


def reference_problem(
    reference: Mapping[str, Any], targets: frozenset[str], contained: Mapping[str, str]
) -> str | None:
    """Why a Reference is invalid, in French; None if it is valid.

    `targets`: the allowed types, empty for any. `contained`: the type of each contained resource,
    by id.
    """
    literal = reference.get("reference")
    declared = reference.get("type")
    if isinstance(declared, str) and not _allowed(declared.rpartition("/")[2], targets):
        return _not_allowed(declared, targets)
    if not isinstance(literal, str):
        return None
    if literal.startswith("#"):
        return _local_problem(literal, targets, contained)
    match = _RELATIVE.fullmatch(literal) or _CONDITIONAL.fullmatch(literal)
    if match is None:
        if _ABSOLUTE.fullmatch(literal):
            restful = _RESTFUL_URL.fullmatch(literal)
            if restful is None or restful[1] not in RESOURCE_TYPES:
                return None
            target_type = restful[1]
            return None if _allowed(target_type, targets) else _not_allowed(target_type, targets)
        return f"« {literal} » n’est pas une référence (Type/identifiant, ou une adresse absolue)."
    if match[1] not in RESOURCE_TYPES:
        return f"« {match[1]} » n’est pas un type de ressource de FHIR R4."
    return None if _allowed(match[1], targets) else _not_allowed(match[1], targets)


def _local_problem(
    literal: str, targets: frozenset[str], contained: Mapping[str, str]
) -> str | None:
    # "#" alone is the container.
    if literal == "#":
        return None
    target_type = contained.get(literal[1:])
    if target_type is None:
        return f"Aucune ressource contenue n’a l’identifiant de « {literal} »."
    return None if _allowed(target_type, targets) else _not_allowed(target_type, targets)


def _allowed(target_type: str, targets: frozenset[str]) -> bool:
    return not targets or target_type in targets or "Resource" in targets


def _not_allowed(target_type: str, targets: frozenset[str]) -> str:
    allowed = ", ".join(sorted(targets))
    return f"Une référence à {target_type} n’est pas permise ici ; types admis : {allowed}."
