"""SMART scopes: what an application asks for, is allowed, and is granted.

    patient/Observation.rs?category=laboratory   a level, a type, what may be done, a restriction
    launch/patient, openid, fhirUser, offline_access

Version 2 (https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html); those of version 1
(`patient/Observation.read`) are read as the version 2 they stand for.

    granted ⊆ asked ∩ allowed to the application ∩ allowed to the role
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal, cast

from gateway.callers.domain.identity import Role

Level = Literal["patient", "user", "system"]
ANY_TYPE: Final = "*"
READING: Final = frozenset("rs")
WRITING: Final = frozenset("cud")
MAX_DATA_SCOPES: Final = 200
"""Rights on data that one request may name: each is compared with each."""

_LETTERS: Final = "cruds"  # in the order the standard wants: create, read, update, delete, search
_FIRST_VERSION: Final = {"read": "rs", "write": "cud", "*": "cruds"}
_ON_DATA: Final = re.compile(
    r"(?P<level>patient|user|system)/(?P<kind>\*|[A-Z][A-Za-z]{1,63})"
    r"\.(?P<may>read|write|\*|(?=[cruds])c?r?u?d?s?)(?:\?(?P<only>[!-~]+))?"
)
_PARAMETER: Final = re.compile(r"[\w.:-]+=[^&=\s]+")

OPENID, FHIR_USER = "openid", "fhirUser"
LAUNCH, LAUNCH_PATIENT = "launch", "launch/patient"
OFFLINE, ONLINE = "offline_access", "online_access"
PLAIN: Final = frozenset({OPENID, FHIR_USER, LAUNCH, LAUNCH_PATIENT, OFFLINE, ONLINE})


@dataclass(frozen=True, slots=True)
class DataScope:
    """A right on resources. `kind`: their type or `*`. `may`: letters of `cruds`. `only`:
    parameters of a search that all hold (`category=laboratory`); none: no restriction."""

    level: Level
    kind: str
    may: frozenset[str]
    only: frozenset[str] = frozenset()

    def __str__(self) -> str:
        letters = "".join(each for each in _LETTERS if each in self.may)
        restriction = "?" + "&".join(sorted(self.only)) if self.only else ""
        return f"{self.level}/{self.kind}.{letters}{restriction}"

    def covers(self, other: "DataScope") -> bool:
        """Whether whatever `other` opens, this opens."""
        return (
            self.level == other.level
            and self.kind in (ANY_TYPE, other.kind)
            and self.may >= other.may
            and self.only <= other.only
        )

    def meet(self, other: "DataScope") -> "DataScope | None":
        """What both open; None: nothing."""
        may = self.may & other.may
        kinds = {self.kind, other.kind} - {ANY_TYPE}
        if self.level != other.level or len(kinds) > 1 or not may:
            return None
        return DataScope(self.level, next(iter(kinds), ANY_TYPE), may, self.only | other.only)


@dataclass(frozen=True, slots=True)
class Scopes:
    """A set of scopes, in no order and without anything that another already covers."""

    data: frozenset[DataScope] = frozenset()
    plain: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return " ".join((*sorted(self.plain), *sorted(map(str, self.data))))

    def __bool__(self) -> bool:
        return bool(self.data or self.plain)

    def __and__(self, other: "Scopes") -> "Scopes":
        met = (mine.meet(theirs) for mine in self.data for theirs in other.data)
        return Scopes(_joined(each for each in met if each), self.plain & other.plain)

    def __le__(self, other: "Scopes") -> bool:
        """Whether `other` opens all that this opens."""
        return self.plain <= other.plain and all(
            any(theirs.covers(part) for theirs in other.data)
            for mine in self.data
            for part in _letters_of(mine)
        )

    def at(self, *levels: Level) -> frozenset[DataScope]:
        """The rights on data of those levels."""
        return frozenset(each for each in self.data if each.level in levels)

    def without(self, *levels: Level) -> "Scopes":
        """The same, but for the rights on data of those levels."""
        return replace(self, data=self.data - self.at(*levels))

    def choices(self) -> tuple[DataScope, ...]:
        """Rights on data as a person may give or keep them: to read, apart from to write."""
        halves = (
            replace(each, may=each.may & side)
            for each in self.data
            for side in (READING, WRITING)
            if each.may & side
        )
        return tuple(sorted(halves, key=_place))


def read_scopes(text: str, *, most: int | None = None) -> Scopes:
    """The scopes of a request, those of the first version translated; words that are not SMART's
    are left out (RFC 6749 §3.3). Raises ValueError, naming it, for a right on data that is ill
    written, or comes after `most` of them."""
    data, plain = set[DataScope](), set[str]()
    for word in text.split():
        if len(data) == most:
            raise ValueError(word)
        if word in PLAIN:
            plain.add(word)
        elif word.partition("/")[0] in ("patient", "user", "system"):
            data.add(_on_data(word))
    return Scopes(_joined(data), frozenset(plain))


def joined(scopes: Iterable[DataScope]) -> Scopes:
    """Those rights, and no plain scope."""
    return Scopes(_joined(scopes))


def _on_data(word: str) -> DataScope:
    found = _ON_DATA.fullmatch(word)
    only = found["only"].split("&") if found and found["only"] else []
    if found is None or not all(_PARAMETER.fullmatch(each) for each in only):
        raise ValueError(word)
    may = _FIRST_VERSION.get(found["may"], found["may"])
    level = cast(Level, found["level"])
    return DataScope(level, found["kind"], frozenset(may), frozenset(only))


def _place(scope: DataScope) -> tuple[str, str, list[str], bool]:
    return scope.level, scope.kind, sorted(scope.only), bool(scope.may & WRITING)


def _letters_of(scope: DataScope) -> Iterable[DataScope]:
    return (replace(scope, may=frozenset(letter)) for letter in scope.may)


def _joined(scopes: Iterable[DataScope]) -> frozenset[DataScope]:
    """The same rights in as few scopes as are needed."""
    letters: dict[tuple[Level, str, frozenset[str]], set[str]] = {}
    for each in scopes:
        letters.setdefault((each.level, each.kind, each.only), set()).update(each.may)
    whole = {DataScope(*place[:2], frozenset(may), place[2]) for place, may in letters.items()}
    return frozenset(each for each in whole if not any(o != each and o.covers(each) for o in whole))


_PEOPLE: Final = "openid fhirUser launch/patient offline_access online_access "
_BY_ROLE: Final[dict[Role, Scopes]] = {
    # What of a patient's own record a patient may read or write is the FHIR server's to judge.
    "patient": read_scopes(_PEOPLE + "patient/*.cruds user/*.rs"),
    "professional": read_scopes(_PEOPLE + "launch patient/*.cruds user/*.cruds"),
    "coordinator": read_scopes("openid offline_access online_access"),
    "traveller": read_scopes("openid offline_access online_access"),
}
SYSTEM: Final = read_scopes("system/*.cruds")


def allowed_to(role: Role) -> Scopes:
    """All that someone in that role may hand to an application: nothing, unless said here."""
    return _BY_ROLE.get(role, Scopes())
