"""References between the entries of a transaction: what each entry was called in the Bundle is
replaced, in the texts, by what it is called here.
https://hl7.org/fhir/R4/http.html#trules
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from esante.core.domain.structures import RESOURCE_TYPES

# A quote inside a string is escaped in its text: these are members, never words in a narrative.
_MEMBER: Final = re.compile(
    r'("(?:reference|url|uri|valueUri|valueUrl|valueCanonical|valueOid|valueUuid|instantiatesUri)"'
    r'\s*:\s*")([^"\\]*+(?:\\.[^"\\]*+)*+)(")'
)
_NARRATIVE: Final = re.compile(r'((?:href|src)=(?:\\"|\'))([^"\'\\]*)((?:\\"|\'))')
_REFERENCE: Final = re.compile(r'"reference"\s*:\s*"([^"\\]*+(?:\\.[^"\\]*+)*+)"')
_CONDITIONAL: Final = re.compile(r"([A-Z][A-Za-z]+)\?(.+)")


def linked(text: str, names: Mapping[str, str]) -> str:
    """The text with every link to one of those names led to what it stands for."""
    if not names:
        return text

    def lead(found: re.Match[str]) -> str:
        before, told, after = found.groups()
        name = str(json.loads(f'"{told}"')) if "\\" in told else told
        plain, sign, fragment = name.partition("#")
        place = names.get(name) or (names.get(plain) if plain else None)
        if place is None:
            return found.group()
        kept = sign + fragment if name not in names else ""
        return before + json.dumps(place + kept)[1:-1] + after

    text = _MEMBER.sub(lead, text)
    return _NARRATIVE.sub(lead, text) if "<" in text and "div" in text else text


def references(text: str) -> Iterator[str]:
    """Every `reference` in a text."""
    for told in _REFERENCE.findall(text):
        yield str(json.loads(f'"{told}"')) if "\\" in told else told


def conditional_reference(reference: str) -> tuple[str, str] | None:
    """Type and criteria of `Patient?identifier=…`; None where it is no such reference."""
    match = _CONDITIONAL.fullmatch(reference)
    return (match[1], match[2]) if match and match[1] in RESOURCE_TYPES else None
