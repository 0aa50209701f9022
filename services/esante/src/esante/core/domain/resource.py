"""A stored version of a resource, its id and its instant.

What is received is what is returned, byte for byte, but for the top-level members `id` and `meta`:
white space, the order of members and the digits of decimals are the author's.
https://hl7.org/fhir/R4/resource.html
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")


@dataclass(frozen=True, slots=True)
class Resource:
    """One version as it is stored. `text`: its JSON, stamped; `updated`: whole milliseconds."""

    type: str
    id: str
    version: int
    updated: datetime
    text: bytes


def is_id(text: object) -> bool:
    """Whether that can be a logical id. https://hl7.org/fhir/R4/datatypes.html#id"""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def format_instant(moment: datetime) -> str:
    """As FHIR's `instant`: UTC, milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
