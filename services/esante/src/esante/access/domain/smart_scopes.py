"""SMART v2 scopes, parsed to permissions.

https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
"""

import re
from collections.abc import Iterable, Iterator, Mapping
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
    ("carer", "patient"): True,
}
_SCOPE: Final = re.compile(r"(patient|user|system)/(\*|[A-Z][A-Za-z]*)\.(c?r?u?d?s?)(?:\?(.*))?")


_CARER: Final = "carer"
_WRITTEN_BY_CARERS: Final = frozenset({("Communication", "c"), ("Consent", "c"), ("Consent", "u")})
"""Whether they represent the patient, and so write Consents, is checked with what is written."""
_NARROWED: Final = frozenset({"professional", _CARER})


def access_of(scopes: Iterable[str], *, role: str, patient: str | None) -> Access:
    """The permissions that those scopes give to a caller in that role.

    `patient`: the id of the patient in context. Without one, scopes that are restricted to one
    patient's record give nothing. The role bounds what a scope gives: `user/` gives a patient only
    their own record, and `system/` is for programs. A carer reads, and writes little. To a
    professional and a carer no record is open yet (`flows.load_access`).
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
        for each in _permissions(resource_type, letters, role):
            found.setdefault(each, []).append(grant)
    records = closed_records(None) if role in _NARROWED else None
    given = {at: Permitted(tuple(grants)) for at, grants in found.items()}
    return Access(given, records=records)


@lru_cache(maxsize=4096)
def cached_access(author: Author) -> Access:
    """The permissions of that caller, as `access_of` computes them. Cached."""
    found = access_of(author.scopes, role=author.role, patient=author.patient)
    records = closed_records(author) if author.needs_records else None
    return replace(found, author=author, records=records)


def _permissions(resource_type: str, letters: str, role: str) -> Iterator[tuple[str, Action]]:
    """The type and action of each letter of a scope, as that role can have them."""
    for letter in letters:
        action: Action = letter  # type: ignore[assignment]
        if role != _CARER or action in ("r", "s"):
            yield resource_type, action
            continue
        for written, permitted in _WRITTEN_BY_CARERS:
            if permitted == action and resource_type in ("*", written):
                yield written, action
