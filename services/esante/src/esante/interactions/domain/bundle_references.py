"""References between the entries of a transaction: each `fullUrl` in the texts is replaced by the
local reference of its entry.
https://hl7.org/fhir/R4/http.html#trules
"""

import json
import re
from collections.abc import Mapping
from typing import Final

from esante.core.domain.structures import RESOURCE_TYPES

# A quote inside a string is escaped: this matches members, never text in a narrative.
_MEMBER: Final = re.compile(
    r'("(?:reference|url|uri|valueUri|valueUrl|valueCanonical|valueOid|valueUuid|instantiatesUri)"'
    r'\s*:\s*")([^"\\]*+(?:\\.[^"\\]*+)*+)(")'
)
_NARRATIVE: Final = re.compile(r'((?:href|src)=(?:\\"|\'))([^"\'\\]*)((?:\\"|\'))')
_CONDITIONAL: Final = re.compile(r"([A-Z][A-Za-z]+)\?(.+)")


def replace_references(text: str, names: Mapping[str, str]) -> str:
    """The JSON text with each reference to an entry replaced.

    `names`: the new reference (`Patient/1`) of each entry, by the name that others use. A fragment
    (`#…`) after a name is retained.
    """
    if not names:
        return text

    def replace(found: re.Match[str]) -> str:
        before, reference, after = found.groups()
        name = str(json.loads(f'"{reference}"')) if "\\" in reference else reference
        plain, sign, fragment = name.partition("#")
        target = names.get(name) or (names.get(plain) if plain else None)
        if target is None:
            return found.group()
        suffix = sign + fragment if name not in names else ""
        return before + json.dumps(target + suffix)[1:-1] + after

    text = _MEMBER.sub(replace, text)
    return _NARRATIVE.sub(replace, text) if "<" in text and "div" in text else text


def conditional_reference(reference: str) -> tuple[str, str] | None:
    """(type, criteria) of `Patient?identifier=…`; None if it is not a conditional reference."""
    match = _CONDITIONAL.fullmatch(reference)
    return (match[1], match[2]) if match and match[1] in RESOURCE_TYPES else None
