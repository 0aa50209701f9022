"""References: to resources of ours, to those of others, by identifier, and canonicals.

https://hl7.org/fhir/R4/search.html#reference
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final, NamedTuple

from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.domain.search_extractors.collector import Extractor, IndexCollector
from esante.search.domain.search_extractors.strings import without_version
from esante.search.domain.search_extractors.tokens import token_elements
from esante.store.domain.index_keys import (
    parameter_key,
    present_element,
    ref_element,
    self_key,
    uri_element,
)

_LOCAL: Final = re.compile(
    r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(/_history/[A-Za-z0-9\-.]{1,64})?"
)

_ELSEWHERE: Final = re.compile(
    r"(.*/([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?"
)

own_key = lru_cache(maxsize=20_000)(self_key)  # ids have 64 characters at most


class ReferenceTarget(NamedTuple):
    """What a reference says. `type`: of the resource it names, "" where it does not tell; `id`: of
    one of ours (`local`); `uris`: as what else it is searched, letter for letter."""

    type: str
    id: str
    local: bool
    uris: tuple[str, ...]


NO_TARGET: Final = ReferenceTarget("", "", False, ())


def read_target(reference: str, found: IndexCollector) -> ReferenceTarget:
    """What the text of a reference says; of one to what is contained (`#p1`), the type alone."""
    if reference.startswith("#"):
        return ReferenceTarget(found.contained.get(reference[1:], ""), "", False, ())
    own = found.base is not None and reference.startswith(found.base + "/")
    bare = reference[len(found.base or "") + 1 :] if own else reference
    local = _LOCAL.fullmatch(bare)
    if local is not None and local[1] in RESOURCE_TYPES:
        return ReferenceTarget(local[1], local[2], True, (bare,) if local[3] else ())
    elsewhere = _ELSEWHERE.fullmatch(reference)
    if elsewhere is not None and elsewhere[2] in RESOURCE_TYPES:
        # It is found as it stands, and without its version.
        return ReferenceTarget(
            elsewhere[2], "", False, tuple(dict.fromkeys((elsewhere[1], reference)))
        )
    return ReferenceTarget("", "", False, (reference,))


def _target_of_value(value_type: str, value: Any, found: IndexCollector) -> ReferenceTarget | None:
    if value_type == "Reference" and isinstance(value, dict):
        text, named = value.get("reference"), value.get("type")
        reference_target = read_target(text, found) if isinstance(text, str) and text else NO_TARGET
        if reference_target.type or not isinstance(named, str):
            return reference_target
        return reference_target._replace(
            type=named.rpartition("/")[2]
        )  # it may be the definition's address
    if value_type in ("canonical", "uri") and isinstance(value, str):
        if value.startswith("#"):
            return NO_TARGET
        reference_target = read_target(without_version(value), found)
        return reference_target._replace(uris=tuple(dict.fromkeys((*reference_target.uris, value))))
    if value_type == "Resource" and isinstance(value, dict):
        name, own = value.get("resourceType"), value.get("id")
        return (
            ReferenceTarget(name, own, True, ())
            if isinstance(name, str) and isinstance(own, str)
            else None
        )
    return None


def _elements(parameter: int, reference_target: ReferenceTarget) -> tuple[set[int], set[int]]:
    refs = (
        {ref_element(parameter, own_key(reference_target.type, reference_target.id))}
        if reference_target.local
        else set()
    )
    return refs, {uri_element(parameter, uri) for uri in reference_target.uris}


def reference_elements(value_type: str, parameter: int) -> Callable[[Any], Iterable[int]] | None:
    """What gives the elements of a value of that type, as a part of a composite."""
    if value_type != "Reference":
        return None

    def read(value: Any) -> Iterable[int]:
        reference_target = _target_of_value(value_type, value, _NO_CONTEXT)
        return (
            () if reference_target is None else set().union(*_elements(parameter, reference_target))
        )

    return read


_NO_CONTEXT: Final = IndexCollector()


def reference_extractor(
    resource_type: str, code: str, value_type: str, target: str | None, targets: tuple[str, ...]
) -> Extractor | None:
    """Reads values of that type for the reference parameter `code`. `target`: the type it must
    refer to (`where(resolve() is Patient)`), as the reference itself tells; `targets`: of the
    parameter, which tell the resources of a bundle apart."""
    if value_type not in ("Reference", "canonical", "uri", "Resource"):
        return None
    parameter = parameter_key(resource_type, code)
    present = present_element(parameter)
    wanted = targets if value_type == "Resource" else () if target is None else (target,)
    identifier = token_elements(
        "Identifier", (), parameter_key(resource_type, code + ":identifier")
    )
    assert identifier is not None

    def read(value: Any, found: IndexCollector) -> None:
        reference_target = _target_of_value(value_type, value, found)
        if reference_target is None or (wanted and reference_target.type not in wanted):
            return
        refs, uris = _elements(parameter, reference_target)
        found.refs |= refs
        found.tokens |= uris
        found.tokens.add(present)
        if reference_target.local:
            found.references.append((code, reference_target.type, reference_target.id))
        if value_type == "Reference" and "identifier" in value:
            found.tokens.update(identifier(value["identifier"]))

    return read
