"""Extensions that are known here: their value, the element that has them, and their number.

An unknown extension is not judged, except a modifier extension: what it changes is not known, so
its element cannot be understood. https://hl7.org/fhir/R4/extensibility.html
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from esante.core.domain.structures import ElementDefinition, ancestors
from esante.validation.domain.findings import Findings, Place
from esante.validation.domain.invariants import Node
from esante.validation.domain.profiles.conformance import check_value
from esante.validation.domain.profiles.known_profiles import find_profile_of_writes
from esante.validation.domain.profiles.rules import Profile

_GENERAL_TYPES: Final = {
    "id": "string",
    "code": "string",
    "markdown": "string",
    "url": "uri",
    "canonical": "uri",
    "oid": "uri",
    "uuid": "uri",
    "positiveInt": "integer",
    "unsignedInt": "integer",
}
"""The primitive type that each one specialises."""


# Domains reserved for examples (RFC 2606), and one that HL7's own examples use.
_EXAMPLE: Final = re.compile(r"https?://([a-z0-9-]+\.)*(example\.(org|com|net)|acme\.(org|com))/")


_ROOT: Final = ("", "", "")


def check_extensions(
    node: Node,
    type_name: str,
    element: ElementDefinition | None,
    place: Place,
    found: Findings,
    contained: Mapping[str, str],
) -> None:
    """Add the issues of the extensions of an element or resource.

    `type_name`: the structure of the node. `element`: None for a resource. `contained`: the type of
    each contained resource, by id.
    """
    for name in ("extension", "modifierExtension"):
        extensions = node.get(name)
        if not isinstance(extensions, list):
            continue
        seen: set[str] = set()
        for index, extension in enumerate(extensions):
            url = extension.get("url") if isinstance(extension, dict) else None
            if not isinstance(url, str):
                continue
            below: Place = (place, name, index)
            profile = find_profile_of_writes(url)
            if profile is None or profile.type != "Extension":
                _check_unknown(url, type_name, below, found)
                continue
            _check_use(profile, name, seen, below, found)
            names = _context_names(
                type_name, *((element.path, element.name, element.type) if element else _ROOT)
            )
            if profile.contexts and profile.contexts.isdisjoint(names):
                allowed = ", ".join(sorted(profile.contexts))
                words = f"L’extension {url} n’est pas permise ici ; éléments admis : {allowed}."
                found.warning("structure", below, words, "extension")
            check_value(extension, profile, below, found, contained)


def _check_unknown(url: str, type_name: str, place: Place, found: Findings) -> None:
    # The url of a part of an extension is its name.
    if ":" not in url and type_name != "Extension":
        words = f"« {url[:80]} » n’est pas une adresse absolue : une extension en a une."
        found.error("value", (place, "url", None), words)
    elif place[1] == "modifierExtension":
        words = f"L’extension {url} change le sens de l’élément, et n’est pas connue ici."
        if _EXAMPLE.match(url):
            found.warning("not-supported", place, words, "extension")
        else:
            found.error("not-supported", place, words)


def _check_use(profile: Profile, name: str, seen: set[str], place: Place, found: Findings) -> None:
    if profile.is_modifier != (name == "modifierExtension"):
        member = "modifierExtension" if profile.is_modifier else "extension"
        words = f"L’extension {profile.url} s’écrit dans « {member} »."
        found.error("structure", place, words)
    if profile.url in seen and not profile.repeats:
        words = f"L’extension {profile.url} ne se répète pas."
        found.error("structure", place, words)
    seen.add(profile.url)


@lru_cache(maxsize=5_000)
def _context_names(type_name: str, path: str, name: str, value_type: str) -> frozenset[str]:
    """The names by which an extension's contexts can mean an element: paths and types.

    `path`, `name`, `value_type`: of its ElementDefinition; empty for a resource.
    """
    # R4's own resources have the extensions "of Element" too.
    found = {*ancestors(type_name), "Element"}
    if path:
        # `Observation.valueQuantity` can be meant by its JSON name too.
        found |= {path, f"{path.rpartition('.')[0]}.{name}"}
    at: str | None = value_type
    while at:
        found.add(at)
        at = _GENERAL_TYPES.get(at)
    return frozenset(found)
