"""The literal references in the JSON of a resource. https://hl7.org/fhir/R4/references.html"""

import json
import re
from collections.abc import Iterator
from typing import Final

# A quote inside a string is escaped: this matches members, never text in a narrative.
_REFERENCE: Final = re.compile(r'"reference"\s*:\s*"([^"\\]*+(?:\\.[^"\\]*+)*+)"')


def references(text: str) -> Iterator[str]:
    """The value of every member `reference` in a JSON text."""
    for reference in _REFERENCE.findall(text):
        yield str(json.loads(f'"{reference}"')) if "\\" in reference else reference


def local_references(text: str) -> Iterator[str]:
    """The same as `Device/x`: without the base before it and the version after it."""
    for reference in references(text):
        yield "/".join(reference.partition("/_history/")[0].split("/")[-2:])
