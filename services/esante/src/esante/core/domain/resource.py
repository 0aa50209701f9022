"""A stored version of a resource, the format of its id and of its instant.

A resource is returned byte for byte as received, except for the top-level members `id` and `meta`:
white space, the order of members and the digits of decimals are the author's.
https://hl7.org/fhir/R4/resource.html
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from esante.core.domain.outcome import Issue

_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")


@dataclass(frozen=True, slots=True)
class Resource:
    """One version of a resource, as stored."""

    type: str
    id: str
    version: int
    """`meta.versionId`."""
    updated: datetime
    """`meta.lastUpdated`, in whole milliseconds."""
    text: bytes
    """Its JSON, with `id` and `meta` set."""
    patients: tuple[str, ...] = ()
    """The ids of the Patient compartments it is in, if they are known without parsing it."""
    warnings: tuple[Issue, ...] = ()
    """What the validation of the version that was just written warned about."""


def is_id(text: object) -> bool:
    """Whether a value has the format of a logical id. https://hl7.org/fhir/R4/datatypes.html#id"""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def format_instant(moment: datetime) -> str:
    """The instant as FHIR's `instant`, in UTC with milliseconds. `moment`: timezone-aware."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
