"""SMART scopes: requested, allowed and granted.

    patient/Observation.rs?category=laboratory   level, resource type, permissions, restriction
    launch/patient, openid, fhirUser, offline_access

Version 2, https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html; scopes of version 1
(`patient/Observation.read`) are read as their equivalents.

    granted ⊆ requested ∩ allowed to the application ∩ allowed to the role
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal, cast

from gateway.callers.domain.identity import Role

Level = Literal["patient", "user", "system"]
"""Whose data a scope opens: one patient's, all that the person may read, or all of them."""
ANY_TYPE: Final = "*"
READING: Final = frozenset("rs")
WRITING: Final = frozenset("cud")
MAX_DATA_SCOPES: Final = 200
"""Data scopes in one request. The limit is low because they are compared in pairs."""

_LETTERS: Final = "cruds"  # in the order of the standard: create, read, update, delete, search
_VERSION_1: Final = {"read": "rs", "write": "cud", "*": "cruds"}
_DATA_SCOPE: Final = re.compile(
    r"(?P<level>patient|user|system)/(?P<type>\*|[A-Z][A-Za-z]{1,63})"
    r"\.(?P<permissions>read|write|\*|(?=[cruds])c?r?u?d?s?)(?:\?(?P<restrictions>[!-~]+))?"
)
_PARAMETER: Final = re.compile(r"[\w.:-]+=[^&=\s]+")

OPENID, FHIR_USER = "openid", "fhirUser"
LAUNCH, LAUNCH_PATIENT = "launch", "launch/patient"
OFFLINE, ONLINE = "offline_access", "online_access"
PLAIN: Final = frozenset({OPENID, FHIR_USER, LAUNCH, LAUNCH_PATIENT, OFFLINE, ONLINE})
"""Scopes without a resource type."""


@dataclass(frozen=True, slots=True)
class DataScope:
    """A scope on FHIR resources: `patient/Observation.rs`."""

    level: Level
    resource_type: str
    """Resource type, or `*`."""
    permissions: frozenset[str]
    """Letters of `cruds`."""
    restrictions: frozenset[str] = frozenset()
    """Search clauses that all apply (`category=laboratory`); empty: no restriction."""

    def __str__(self) -> str:
        letters = "".join(each for each in _LETTERS if each in self.permissions)
        restriction = "?" + "&".join(sorted(self.restrictions)) if self.restrictions else ""
        return f"{self.level}/{self.resource_type}.{letters}{restriction}"

    def covers(self, other: "DataScope") -> bool:
        """Whether it opens all that `other` opens."""
        return (
            self.level == other.level
            and self.resource_type in (ANY_TYPE, other.resource_type)
            and self.permissions >= other.permissions
            and self.restrictions <= other.restrictions
        )

    def intersect(self, other: "DataScope") -> "DataScope | None":
        """What both open; None if nothing."""
        permissions = self.permissions & other.permissions
        resource_types = {self.resource_type, other.resource_type} - {ANY_TYPE}
        if self.level != other.level or len(resource_types) > 1 or not permissions:
            return None
        return DataScope(
            self.level,
            next(iter(resource_types), ANY_TYPE),
            permissions,
            self.restrictions | other.restrictions,
        )


@dataclass(frozen=True, slots=True)
class Scopes:
    """A set of scopes, without those that another covers."""

    data: frozenset[DataScope] = frozenset()
    plain: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return " ".join((*sorted(self.plain), *sorted(map(str, self.data))))

    def __bool__(self) -> bool:
        return bool(self.data or self.plain)

    def __and__(self, other: "Scopes") -> "Scopes":
        common = (own.intersect(their) for own in self.data for their in other.data)
        return Scopes(_merged(each for each in common if each), self.plain & other.plain)

    def __le__(self, other: "Scopes") -> bool:
        """Whether `other` opens all that this opens."""
        return self.plain <= other.plain and all(
            any(their.covers(part) for their in other.data)
            for own in self.data
            for part in _by_letter(own)
        )

    def at_levels(self, *levels: Level) -> frozenset[DataScope]:
        """The data scopes of those levels."""
        return frozenset(each for each in self.data if each.level in levels)

    def without(self, *levels: Level) -> "Scopes":
        """The same without the data scopes of those levels."""
        return replace(self, data=self.data - self.at_levels(*levels))

    def choices(self) -> tuple[DataScope, ...]:
        """The data scopes as a person chooses them: reading and writing separately."""
        halves = (
            replace(each, permissions=each.permissions & side)
            for each in self.data
            for side in (READING, WRITING)
            if each.permissions & side
        )
        return tuple(sorted(halves, key=_sort_key))


def read_scopes(text: str, *, max_data_scopes: int | None = None) -> Scopes:
    """The scopes of a request, version 1 translated; unknown words are ignored (RFC 6749 §3.3).

    `max_data_scopes`: None for no limit.

    Raises ValueError: its text is a malformed data scope, or the word after `max_data_scopes`.
    """
    data, plain = set[DataScope](), set[str]()
    for word in text.split():
        if len(data) == max_data_scopes:
            raise ValueError(word)
        if word in PLAIN:
            plain.add(word)
        elif word.partition("/")[0] in ("patient", "user", "system"):
            data.add(_parse_data_scope(word))
    return Scopes(_merged(data), frozenset(plain))


def merge_scopes(scopes: Iterable[DataScope]) -> Scopes:
    """Those data scopes, merged, and no plain scope."""
    return Scopes(_merged(scopes))


def _parse_data_scope(word: str) -> DataScope:
    found = _DATA_SCOPE.fullmatch(word)
    restrictions = found["restrictions"].split("&") if found and found["restrictions"] else []
    if found is None or not all(_PARAMETER.fullmatch(each) for each in restrictions):
        raise ValueError(word)
    permissions = _VERSION_1.get(found["permissions"], found["permissions"])
    level = cast(Level, found["level"])
    return DataScope(level, found["type"], frozenset(permissions), frozenset(restrictions))


def _sort_key(scope: DataScope) -> tuple[str, str, list[str], bool]:
    return (
        scope.level,
        scope.resource_type,
        sorted(scope.restrictions),
        bool(scope.permissions & WRITING),
    )


def _by_letter(scope: DataScope) -> Iterable[DataScope]:
    return (replace(scope, permissions=frozenset(letter)) for letter in scope.permissions)


def _merged(scopes: Iterable[DataScope]) -> frozenset[DataScope]:
    """The same rights in as few scopes as possible."""
    letters: dict[tuple[Level, str, frozenset[str]], set[str]] = {}
    for each in scopes:
        letters.setdefault((each.level, each.resource_type, each.restrictions), set()).update(
            each.permissions
        )
    merged = {
        DataScope(level, resource_type, frozenset(permissions), restrictions)
        for (level, resource_type, restrictions), permissions in letters.items()
    }
    return frozenset(
        each for each in merged if not any(o != each and o.covers(each) for o in merged)
    )


_PEOPLE: Final = "openid fhirUser launch/patient offline_access online_access "
_BY_ROLE: Final[dict[Role, Scopes]] = {
    # The FHIR server decides what patients may read or write of their record.
    "patient": read_scopes(_PEOPLE + "patient/*.cruds user/*.rs"),
    # With the choice of a record that is not the person's own: no session has this role.
    "carer": read_scopes(_PEOPLE + "patient/*.rs patient/Communication.c patient/Consent.cu"),
    "professional": read_scopes(_PEOPLE + "launch patient/*.cruds user/*.cruds"),
    "coordinator": read_scopes("openid offline_access online_access"),
    "traveller": read_scopes("openid offline_access online_access"),
}
CARER: Final = read_scopes(_PEOPLE + "patient/*.rs patient/Communication.c")
"""All that a carer can grant who does not represent the patient by law."""
SYSTEM: Final = read_scopes("system/*.cruds")


def allowed_for(role: Role) -> Scopes:
    """All that a person in that role can grant; nothing by default."""
    return _BY_ROLE.get(role, Scopes())
