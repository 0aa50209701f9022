"""SMART v2 scopes, parsed to permissions.

https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final

from esante.access.domain.open_records import closed_records
from esante.core.domain.permissions import Access, Action, Author, Grant, Permitted

# (role, level of the scope) → whether it is restricted to one patient's record; absent: no grant.
_RESTRICTED_TO_PATIENT: Final[Mapping[tuple[str, str], bool]] = {
    ("patient", "patient"): True,
    ("patient", "user"): True,
    ("professional", "patient"): True,
    ("professional", "user"): False,
    ("integrator", "system"): False,
}
_SCOPE: Final = re.compile(r"(patient|user|system)/(\*|[A-Z][A-Za-z]*)\.(c?r?u?d?s?)(?:\?(.*))?")


_PROFESSIONAL: Final = "professional"


def access_of(scopes: Iterable[str], *, role: str, patient: str | None) -> Access:
    """The permissions that those scopes give to a caller in that role.

    `patient`: the id of the patient in context. Without one, scopes that are restricted to one
    patient's record give nothing. The role bounds what a scope gives: `user/` gives a patient only
    their own record, and `system/` is for programs. To a professional no record is open yet
    (`with_records`).
    """
    found: dict[tuple[str, Action], list[Grant]] = {}
    for scope in scopes:
        match = _SCOPE.fullmatch(scope)
        if match is None:
            continue
        level, resource_type, letters, query = match.groups()
        restricted = _RESTRICTED_TO_PATIENT.get((role, level))
        if restricted is None or (restricted and patient is None):
            continue
        grant = Grant(patient if restricted else None, query or None)
        for letter in letters:
            found.setdefault((resource_type, letter), []).append(grant)  # type: ignore[arg-type]
    records = closed_records(None) if role == _PROFESSIONAL else None
    given = {at: Permitted(tuple(grants)) for at, grants in found.items()}
    return Access(given, records=records)


@lru_cache(maxsize=4096)
def cached_access(author: Author) -> Access:
    """The permissions of that caller, as `access_of` computes them. Cached."""
    found = access_of(author.scopes, role=author.role, patient=author.patient)
    records = closed_records(author) if author.is_professional else None
    return replace(found, author=author, records=records)
