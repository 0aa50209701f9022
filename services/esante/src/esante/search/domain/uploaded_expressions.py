"""The FHIRPath expressions of uploaded search parameters, compiled to paths over JSON.

Those of `expressions`, over every element of R4, and with `extension('url')` and `ofType`.
"""

import re
from functools import lru_cache
from typing import Final

from esante.core.domain.structures import RESOURCE_TYPES, find_structure
from esante.search.domain.definitions import SearchElement, find_element
from esante.search.domain.expressions import Path, paths_of

_MAX_EXPRESSION: Final = 2000
"""Characters."""
_TEXT: Final = r"'[^'()|]*'"
_STEP: Final = (
    rf"\.(?:[a-z]\w*(?:\[0\])?|as\(\w+\)|ofType\(\w+\)|where\(resolve\(\) is \w+\)"
    rf"|where\(\w+ ?= ?{_TEXT}\)|extension\({_TEXT}\))"
)
_BRANCH: Final = re.compile(rf"(?P<type>[A-Z]\w*)(?:{_STEP})+", re.ASCII)
_CAST: Final = re.compile(r"\((.+) as (\w+)\)((?:\.\w+)*)", re.ASCII)
_UNION: Final = re.compile(r"(?:[^|']|'[^']*')+")


def uploaded_paths(expression: str, base: str) -> tuple[Path, ...]:
    """The paths of an expression in a resource of the type `base`.

    Branches of a union that begin with another type are left out. Raises ValueError, with a French
    sentence, for what is not evaluated here, and for a branch that selects nothing in R4.
    """
    if len(expression) > _MAX_EXPRESSION:
        raise ValueError(f"une expression a {_MAX_EXPRESSION} caractères au plus")
    found: list[Path] = []
    for branch in _UNION.findall(expression):
        written = branch.strip()
        match = _BRANCH.fullmatch(_without_cast(written))
        if match is None or _is_malformed(match[0]):
            raise ValueError(
                f"« {written[:120]} » n'est pas évalué ici : un chemin depuis le type, avec as(…), "
                "ofType(…), [0], where(élément='texte'), where(resolve() is Type) ou "
                "extension('adresse')"
            )
        if match["type"] in RESOURCE_TYPES and match["type"] != base:
            continue
        paths = paths_of(_normalised(match[0]), base, find=_find)
        if not paths:
            raise ValueError(f"« {written[:120]} » ne désigne aucun élément de {base}")
        found += paths
    if not found:
        raise ValueError(f"rien n'y commence par {base}")
    return tuple(dict.fromkeys(found))


def _without_cast(branch: str) -> str:
    """`(Patient.deceased as boolean)` as `Patient.deceased.as(boolean)`."""
    match = _CAST.fullmatch(branch)
    return branch if match is None else f"{match[1]}.as({match[2]}){match[3]}"


def _is_malformed(branch: str) -> bool:
    """Whether a condition follows the type itself, which has no values to choose from."""
    return bool(re.match(r"\w+\.(?:where|as|ofType)\(", branch))


def _normalised(branch: str) -> str:
    branch = re.sub(rf"extension\(({_TEXT})\)", r"extension.where(url=\1)", branch)
    branch = re.sub(rf"where\((\w+) ?= ?({_TEXT})\)", r"where(\1=\2)", branch)
    return branch.replace(".ofType(", ".as(")


@lru_cache(maxsize=2_000)
def _find(owner: str, path: str) -> SearchElement | None:
    """The element at that path of a type of R4; None if there is none."""
    if owner[:1].islower():
        return None  # what a primitive has is in another member of JSON (`_birthDate`)
    structure, found = find_structure(owner), []
    for name in path.split("."):
        if structure is None:
            return None
        found = [
            each
            for each in structure.elements.values()
            if each.path.rpartition(".")[2].removesuffix("[x]") == name
        ]
        structure = find_structure(found[0].type) if found else None
    if not found:
        return None
    types = tuple(_json_type(each.type) for each in found)
    known = find_element(owner, path)
    systems = known.systems if known is not None and known.types == types else ()
    last = found[0].path.rpartition(".")[2]
    return SearchElement(last, path, types, systems, found[0].repeats)


def _json_type(element_type: str) -> str:
    if "." in element_type:
        return "BackboneElement"
    return "Quantity" if element_type == "SimpleQuantity" else element_type
