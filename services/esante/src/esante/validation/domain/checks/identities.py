"""Identifiers, references, profiles and contained resources: what they name, they name clearly.

https://hl7.org/fhir/R4/datatypes.html#Identifier, https://hl7.org/fhir/R4/references.html
"""

import re
from typing import Final

from esante.core.domain.structures import RESOURCE_TYPES
from esante.validation.domain.findings import Findings, Place
from esante.validation.domain.invariants import Node

_URI: Final = "urn:ietf:rfc:3986"
_RELATIVE: Final = re.compile(r"([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]+(?:/_history/\S+)?")


def check_identifier(node: Node, place: Place, found: Findings) -> None:
    """Add the issues of an Identifier."""
    system, value = node.get("system"), node.get("value")
    if not isinstance(system, str):
        return
    if ":" not in system:
        words = f"« {system[:80]} » n’est pas une adresse absolue : un système en a une."
        found.warning("value", (place, "system", None), words, "system")
    elif system == _URI and isinstance(value, str) and ":" not in value:
        words = f"« {value[:80]} » n’est pas une adresse, que le système {_URI} demande."
        found.warning("value", (place, "value", None), words, "identifier")


def check_reference(node: Node, place: Place, found: Findings) -> None:
    """Add the issues of a Reference: its `type` is that of its literal reference."""
    declared = node.get("type")
    if not isinstance(declared, str) or ":" in declared:
        return
    if declared not in RESOURCE_TYPES:
        words = f"« {declared[:80]} » n’est pas un type de ressource de FHIR R4."
        found.error("value", (place, "type", None), words)
        return
    literal = node.get("reference")
    match = _RELATIVE.fullmatch(literal) if isinstance(literal, str) else None
    if match is not None and match[1] != declared:
        words = f"Le type dit est {declared}, la référence est à {match[1]}."
        found.error("value", (place, "type", None), words)


def check_meta(node: Node, place: Place, found: Findings) -> None:
    """Add the issues of the profiles that a resource claims."""
    profiles = node.get("profile")
    for index, url in enumerate(profiles if isinstance(profiles, list) else ()):
        if isinstance(url, str) and ":" not in url:
            words = f"« {url[:80]} » n’est pas une adresse absolue : un profil en a une."
            found.warning("value", (place, "profile", index), words, "profile")


def check_contained(node: Node, place: Place, found: Findings) -> None:
    """Add the issues of the ids of contained resources."""
    contained = node.get("contained")
    seen: set[str] = set()
    for index, each in enumerate(contained if isinstance(contained, list) else ()):
        if not isinstance(each, dict):
            continue
        identity = each.get("id")
        below: Place = (place, "contained", index)
        if identity is None:
            found.error("required", (below, "id", None), "Une ressource contenue a un id.")
        elif isinstance(identity, str):
            if identity in seen:
                words = f"« {identity[:80]} » est déjà l’id d’une autre ressource contenue."
                found.error("value", (below, "id", None), words)
            seen.add(identity)
