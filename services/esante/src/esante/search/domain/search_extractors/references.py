"""Extractors of reference parameters: local, to other servers, by identifier, and canonicals.

https://hl7.org/fhir/R4/search.html#reference
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final, NamedTuple

from esante.core.domain.references import disguised_target
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
from esante.store.domain.index_rows import UriRow

_LOCAL: Final = re.compile(
    r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(/_history/[A-Za-z0-9\-.]{1,64})?"
)

_EXTERNAL: Final = re.compile(
    r"(.*/([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?"
)

# Ids have at most 64 characters, so that memory stays bounded.
cached_self_key = lru_cache(maxsize=20_000)(self_key)

_CACHED_LENGTH: Final = 200
"""Characters. Longer references are parsed each time, so that memory stays bounded."""


class ReferenceTarget(NamedTuple):
    """The parsed target of a reference."""

    type: str
    """The resource type; empty if unknown."""
    id: str
    """Empty unless it is local."""
    local: bool
    """Whether it refers to a resource of this server."""
    uris: tuple[str, ...]
    """URLs by which the reference is found; searches compare them exactly."""


NO_TARGET: Final = ReferenceTarget("", "", False, ())


def read_target(reference: str, collector: IndexCollector) -> ReferenceTarget:
    """Parse the text of a reference.

    For one to a contained resource (`#p1`), only the type is known, from the collector.
    """
    if reference.startswith("#"):
        contained = collector.contained.get(reference[1:])
        contained_type = "" if contained is None else str(contained["resourceType"])
        return ReferenceTarget(contained_type, "", False, ())
    read = _cached_named_target if len(reference) <= _CACHED_LENGTH else _named_target
    return read(reference, collector.base)


def _named_target(reference: str, base: str | None) -> ReferenceTarget:
    """The target of a reference that is not to a contained resource."""
    local = _match_local(reference, base)
    if local is not None:
        return ReferenceTarget(local[1], local[2], True, (local[0],) if local[3] else ())
    disguised = _disguised(reference, base)
    if disguised is not None:
        return ReferenceTarget(*disguised, True, (reference,))
    external = _EXTERNAL.fullmatch(reference)
    if external is not None and external[2] in RESOURCE_TYPES:
        # It is searched as written, and without its version.
        return ReferenceTarget(
            external[2], "", False, tuple(dict.fromkeys((external[1], reference)))
        )
    return ReferenceTarget("", "", False, (reference,))


# Several parameters of a resource read one reference, and the resources of a patient have it too.
_cached_named_target = lru_cache(maxsize=4096)(_named_target)


def local_target(reference: str, base: str | None) -> tuple[str, str] | None:
    """(type, id) of the resource of this server that a reference names; None if it names none.

    `base`: the FHIR base. What places a resource in a record is parsed by it too: who is refused
    there must not be believed elsewhere. A reference that lenient readers alone resolve to that
    resource (`disguised_target`) names it too.
    """
    found = _match_local(reference, base)
    return _disguised(reference, base) if found is None else (found[1], found[2])


def _disguised(reference: str, base: str | None) -> tuple[str, str] | None:
    if base is None or reference.startswith(("urn:", "#")):
        return None
    return disguised_target(reference, base)


def _match_local(reference: str, base: str | None) -> re.Match[str] | None:
    relative = reference.removeprefix(f"{base}/") if base else reference
    found = _LOCAL.fullmatch(relative)
    return found if found is not None and found[1] in RESOURCE_TYPES else None


def _target_of_value(
    value_type: str, value: Any, collector: IndexCollector
) -> ReferenceTarget | None:
    if value_type == "Reference" and isinstance(value, dict):
        text, named = value.get("reference"), value.get("type")
        reference_target = (
            read_target(text, collector) if isinstance(text, str) and text else NO_TARGET
        )
        if reference_target.type or not isinstance(named, str):
            return reference_target
        return reference_target._replace(
            type=named.rpartition("/")[2]
        )  # it can be the canonical of the type
    if value_type in ("canonical", "uri") and isinstance(value, str):
        if value.startswith("#"):
            return NO_TARGET
        reference_target = read_target(without_version(value), collector)
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
    """The elements of `refs`, and those of `tokens` for its URLs."""
    refs = (
        {ref_element(parameter, cached_self_key(reference_target.type, reference_target.id))}
        if reference_target.local
        else set()
    )
    return refs, {uri_element(parameter, uri) for uri in reference_target.uris}


def reference_elements(value_type: str, parameter: int) -> Callable[[Any], Iterable[int]] | None:
    """A function that returns the elements of a value of that data type, for a component of a
    composite; None if it is not a Reference. `parameter`: the key of the component."""
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
    """The extractor of the reference parameter `code` for values of that data type; None for other
    data types.

    `target`: the only type whose references are indexed (`where(resolve() is Patient)`), if any.
    `targets`: the types of the parameter; they select among the resources of a Bundle.
    """
    if value_type not in ("Reference", "canonical", "uri", "Resource"):
        return None
    parameter = parameter_key(resource_type, code)
    present = present_element(parameter)
    wanted = targets if value_type == "Resource" else () if target is None else (target,)
    identifier = token_elements(
        "Identifier", (), parameter_key(resource_type, code + ":identifier")
    )
    assert identifier is not None

    def read(value: Any, collector: IndexCollector) -> None:
        reference_target = _target_of_value(value_type, value, collector)
        if reference_target is None or (wanted and reference_target.type not in wanted):
            return
        refs, uris = _elements(parameter, reference_target)
        collector.refs |= refs
        collector.tokens |= uris
        collector.tokens.add(present)
        if value_type in ("canonical", "uri") and "|" in value:
            collector.uris.append(UriRow(code, value))
        if reference_target.local:
            collector.references.append((code, reference_target.type, reference_target.id))
        elif collector.contained and value_type == "Reference":
            own = value.get("reference")
            if isinstance(own, str) and own[:1] == "#" and own[1:] in collector.contained:
                collector.contained_references.append((code, own[1:]))
        if value_type == "Reference" and "identifier" in value:
            collector.tokens.update(identifier(value["identifier"]))

    return read
