"""References: to resources of ours, to those of others, by identifier, and canonicals.

https://hl7.org/fhir/R4/search.html#reference
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final, NamedTuple

from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.domain.search_extractors.collector import Found, Reader
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


class Told(NamedTuple):
    """What a reference says. `type`: of the resource it names, "" where it does not tell; `id`: of
    one of ours (`local`); `uris`: as what else it is searched, letter for letter."""

    type: str
    id: str
    local: bool
    uris: tuple[str, ...]


NOTHING: Final = Told("", "", False, ())


def told_by(reference: str, found: Found) -> Told:
    """What the text of a reference says; of one to what is contained (`#p1`), the type alone."""
    if reference.startswith("#"):
        return Told(found.contained.get(reference[1:], ""), "", False, ())
    own = found.base is not None and reference.startswith(found.base + "/")
    bare = reference[len(found.base or "") + 1 :] if own else reference
    local = _LOCAL.fullmatch(bare)
    if local is not None and local[1] in RESOURCE_TYPES:
        return Told(local[1], local[2], True, (bare,) if local[3] else ())
    elsewhere = _ELSEWHERE.fullmatch(reference)
    if elsewhere is not None and elsewhere[2] in RESOURCE_TYPES:
        # It is found as it stands, and without its version.
        return Told(elsewhere[2], "", False, tuple(dict.fromkeys((elsewhere[1], reference))))
    return Told("", "", False, (reference,))


def _told_by_value(kind: str, value: Any, found: Found) -> Told | None:
    if kind == "Reference" and isinstance(value, dict):
        text, named = value.get("reference"), value.get("type")
        told = told_by(text, found) if isinstance(text, str) and text else NOTHING
        if told.type or not isinstance(named, str):
            return told
        return told._replace(type=named.rpartition("/")[2])  # it may be the definition's address
    if kind in ("canonical", "uri") and isinstance(value, str):
        if value.startswith("#"):
            return NOTHING
        told = told_by(without_version(value), found)
        return told._replace(uris=tuple(dict.fromkeys((*told.uris, value))))
    if kind == "Resource" and isinstance(value, dict):
        name, own = value.get("resourceType"), value.get("id")
        return Told(name, own, True, ()) if isinstance(name, str) and isinstance(own, str) else None
    return None


def _elements(parameter: int, told: Told) -> tuple[set[int], set[int]]:
    refs = {ref_element(parameter, own_key(told.type, told.id))} if told.local else set()
    return refs, {uri_element(parameter, uri) for uri in told.uris}


def reference_elements(kind: str, parameter: int) -> Callable[[Any], Iterable[int]] | None:
    """What gives the elements of a value of that type, as a part of a composite."""
    if kind != "Reference":
        return None

    def read(value: Any) -> Iterable[int]:
        told = _told_by_value(kind, value, _NO_CONTEXT)
        return () if told is None else set().union(*_elements(parameter, told))

    return read


_NO_CONTEXT: Final = Found()


def reference_reader(
    resource_type: str, code: str, kind: str, target: str | None, targets: tuple[str, ...]
) -> Reader | None:
    """Reads values of that type for the reference parameter `code`. `target`: the type it must
    refer to (`where(resolve() is Patient)`), as the reference itself tells; `targets`: of the
    parameter, which tell the resources of a bundle apart."""
    if kind not in ("Reference", "canonical", "uri", "Resource"):
        return None
    parameter = parameter_key(resource_type, code)
    present = present_element(parameter)
    wanted = targets if kind == "Resource" else () if target is None else (target,)
    identifier = token_elements(
        "Identifier", (), parameter_key(resource_type, code + ":identifier")
    )
    assert identifier is not None

    def read(value: Any, found: Found) -> None:
        told = _told_by_value(kind, value, found)
        if told is None or (wanted and told.type not in wanted):
            return
        refs, uris = _elements(parameter, told)
        found.refs |= refs
        found.tokens |= uris
        found.tokens.add(present)
        if told.local:
            found.references.append((code, told.type, told.id))
        if kind == "Reference" and "identifier" in value:
            found.tokens.update(identifier(value["identifier"]))

    return read
