"""Builds the criterion of `:below` and `:above` on a reference: hierarchies, and versions.
https://hl7.org/fhir/R4/search.html#recursive https://hl7.org/fhir/R4/references.html#canonical
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Literal

from esante.core.domain.resource import is_id
from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.domain.definitions import standard_parameters_of
from esante.search.domain.query.criteria import Criterion, InHierarchy, Tokens, UrisBelow, any_of
from esante.search.domain.query.search_clause import SearchClause
from esante.search.domain.query.value_parser import unescape
from esante.store.domain.index_keys import parameter_key, self_key, uri_element
from socle.errors import Refusal

Direction = Literal["below", "above"]


@cache
def hierarchies() -> Mapping[str, str]:
    """The reference parameter to the resource above, by type, of the types that have one."""
    found = {
        resource_type: code
        for resource_type in sorted(RESOURCE_TYPES)
        for code in ("partof", "part-of")
        if (parameter := standard_parameters_of(resource_type).get(code)) is not None
        and resource_type in parameter.targets
    }
    return MappingProxyType(found)


def build_below(clause: SearchClause) -> Criterion:
    """The criterion of `:below`: `Type/id`, an id, or `url|version`. Raises Refusal."""
    return any_of([_build_one(clause, unescape(each), "below") for each in clause.values])


def build_above(clause: SearchClause) -> Criterion:
    """The criterion of `:above`, with values as `build_below`. Raises Refusal."""
    return any_of([_build_one(clause, unescape(each), "above") for each in clause.values])


def _build_one(clause: SearchClause, text: str, direction: Direction) -> Criterion:
    url, bar, version = text.partition("|")
    local = text.removeprefix(clause.base + "/")
    if bar and url and version and "|" not in version:
        return _versions(clause, url, version, direction)
    resource_type, slash, own = local.partition("/")
    types = [resource_type] if slash else sorted(clause.parameter.targets)
    known = [each for each in types if each in hierarchies() and each in clause.parameter.targets]
    if not is_id(own if slash else local):
        raise Refusal(
            "invalid",
            f"« {text} » n'est pas une référence : « :{direction} » attend id, Type/id, ou"
            " adresse|version.",
        )
    if not known:
        raise Refusal(
            "invalid",
            f"« :{direction} » ne suit que les types qui forment une hiérarchie :"
            f" {', '.join(hierarchies())} ; ou les versions d'une adresse|version.",
        )
    return any_of([_hierarchy(clause, each, own if slash else local, direction) for each in known])


def _hierarchy(
    clause: SearchClause, resource_type: str, own: str, direction: Direction
) -> Criterion:
    part_of = parameter_key(resource_type, hierarchies()[resource_type])
    root = self_key(resource_type, own)
    return InHierarchy(clause.key, resource_type, part_of, (root,), direction)


def _versions(clause: SearchClause, url: str, version: str, direction: Direction) -> Criterion:
    """Versions have parts, from the left: 1 is above 1.2."""
    if direction == "below":
        return UrisBelow(clause.parameter.code, (f"{url}|{version}",), ".")
    parts = version.split(".")
    above = (".".join(parts[:count]) for count in range(1, len(parts) + 1))
    return Tokens(tuple(uri_element(clause.key, f"{url}|{each}") for each in above))
