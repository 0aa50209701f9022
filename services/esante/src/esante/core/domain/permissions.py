"""What a caller may do, from the SMART v2 scopes of the gateway's token.

Every read and every query asks this one place (`permitted`), and every query compiles what it
returns. Consent and care-circle rules will narrow the same answer.
https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

Interaction = Literal["c", "r", "u", "d", "s"]
# By role and level of a scope, whether it opens one patient's record alone; nothing where absent.
_NARROW: Final[Mapping[tuple[str, str], bool]] = {
    ("patient", "patient"): True,
    ("patient", "user"): True,
    ("professional", "patient"): True,
    ("professional", "user"): False,
    ("integrator", "system"): False,
}
_SCOPE: Final = re.compile(r"(patient|user|system)/(\*|[A-Z][A-Za-z]*)\.(c?r?u?d?s?)(?:\?(.*))?")


@dataclass(frozen=True, slots=True)
class Grant:
    """One way to be allowed: only in that patient's compartment, where there is one, and only what
    a search by `query` (a query string, `category=laboratory`) finds, where there is one."""

    patient: str | None = None
    query: str | None = None


@dataclass(frozen=True, slots=True)
class Permitted:
    """The ways in which an interaction on a type is allowed: any of them suffices, none is no."""

    grants: tuple[Grant, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.grants)

    @property
    def whole(self) -> bool:
        """Whether nothing narrows it."""
        return Grant() in self.grants


@dataclass(frozen=True, slots=True)
class Access:
    """One caller's rights."""

    scopes: Mapping[tuple[str, Interaction], Permitted]

    def permitted(self, resource_type: str, interaction: Interaction) -> Permitted:
        """How that interaction on that type is allowed: of the type's own scopes and those of *."""
        own = self.scopes.get((resource_type, interaction), Permitted())
        every = self.scopes.get(("*", interaction), Permitted())
        found = tuple(dict.fromkeys((*own.grants, *every.grants)))
        return Permitted((Grant(),)) if Grant() in found else Permitted(found)


def access_of(scopes: Iterable[str], *, role: str, patient: str | None) -> Access:
    """The rights those scopes give to a caller in that role; `patient`: the one in context, without
    whom `patient/` scopes give nothing.

    A scope gives no more than its bearer has: what a patient may see as a user is their own record,
    and `system/` is for programs without a person.
    """
    found: dict[tuple[str, Interaction], list[Grant]] = {}
    for scope in scopes:
        match = _SCOPE.fullmatch(scope)
        if match is None:
            continue
        level, resource_type, letters, query = match.groups()
        narrow = _NARROW.get((role, level))
        if narrow is None or (narrow and patient is None):
            continue
        grant = Grant(patient if narrow else None, query or None)
        for letter in letters:
            found.setdefault((resource_type, letter), []).append(grant)  # type: ignore[arg-type]
    return Access({at: Permitted(tuple(grants)) for at, grants in found.items()})
