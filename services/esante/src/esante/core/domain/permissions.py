"""The permissions of a caller: an action on a resource type, with the grants that narrow it.

Every interaction checks `Access.permitted`; searches add its grants to the query.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol, TypeAlias
from urllib.parse import quote

from esante.core.domain.append_only import APPEND_ONLY
from esante.core.domain.record_types import SHARED_TYPES
from socle.errors import Refusal

Action = Literal["c", "r", "u", "d", "s"]
"""Create, read, update, delete, search: the letters of SMART v2 scopes."""
_VERBS: Final[Mapping[Action, str]] = {
    "c": "créer",
    "r": "lire",
    "u": "modifier",
    "d": "supprimer",
    "s": "rechercher",
}


class RecordSet(Protocol):
    """The records that are open to a professional, or to a carer. Compared by identity."""

    def is_open(self, patient: str) -> bool:
        """Whether the record of the patient of that id is open."""

    def has_emergencies(self) -> bool:
        """Whether an emergency access opens any."""

    def is_emergency(self, patient: str) -> bool:
        """Whether an emergency access alone opens that record."""

    def emergency_reason(self, patient: str) -> str | None:
        """The words that were given for that access; None if none alone opens the record."""

    def with_created(self, patients: Iterable[str]) -> "RecordSet":
        """These records, and those of patients whom the professional creates."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A permission of one action, for the resources that meet all conditions."""

    patient: str | None = None
    """The id of a patient: only resources in their compartment. None: in any or none."""
    query: str | None = None
    """A search (`category=laboratory`): only resources that it finds. None: all."""
    records: RecordSet | None = None
    """Of a professional or a carer: only resources in these records, and their own outside any.
    None: all."""


@dataclass(frozen=True, slots=True)
class Permitted:
    """The grants of an action on a type. One that covers a resource suffices.

    Without any, the action is not permitted.
    """

    grants: tuple[Grant, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.grants)

    @property
    def unrestricted(self) -> bool:
        """Whether a grant without conditions is among them."""
        return _UNCONDITIONAL in self.grants


_UNCONDITIONAL: Final = Grant()
_NOTHING: Final = Permitted()
_EVERYTHING: Final = Permitted((_UNCONDITIONAL,))


@dataclass(frozen=True, slots=True)
class Author:
    """What the permissions of a caller follow from, for work that is done for them later."""

    account: str
    """The pseudonym of the person or program."""
    role: str
    """The platform's role."""
    scopes: frozenset[str]
    """OAuth scopes."""
    patient: str | None
    """The id of the patient in context, if any."""
    fhir_user: str | None = None
    """The FHIR resource of the person (`Practitioner/1`, `RelatedPerson/1`), if it is known."""
    organisation: str | None = None
    """The id of their Organization, if their identity provider names it."""
    professions: frozenset[str] = frozenset()
    """The codes of their professions (TRE_G15, TRE_R94, TRE_R95), if their identity provider names
    them."""

    @property
    def is_professional(self) -> bool:
        """Whether they care for patients by profession."""
        return self.role == "professional"

    @property
    def is_related(self) -> bool:
        """Whether they are a carer or a legal representative of the patient in context."""
        return self.role == "carer"

    @property
    def needs_records(self) -> bool:
        """Whether only some records are open to them, which are loaded at each interaction."""
        return self.is_professional or self.is_related


Members: TypeAlias = tuple[str, str, str, str]
"""What the openings of a caller name, and what stands for everybody; some can be the same."""


class AccessChanged(Exception):
    """What opens records to the caller has changed since their open records were loaded."""


@dataclass(slots=True)
class RevisionCheck:
    """Whether open records that an earlier request has loaded are still the current ones.

    What reads resources for the caller reads the revision in the same statement, or after it: an
    equal one was the same all the time since it was loaded, as each change adds to it.
    """

    members: Members
    revision: int
    """That of the loaded records."""
    passed: bool = False

    def confirm(self, current: int) -> None:
        """Compare with the current revision. Raises AccessChanged if it is another one."""
        if current != self.revision:
            raise AccessChanged
        self.passed = True


@dataclass(frozen=True, slots=True)
class Access:
    """The permissions of one caller."""

    scopes: Mapping[tuple[str, Action], Permitted]
    """By resource type (`*`: every type) and action."""
    author: Author | None = None
    """The caller; None for permissions that nothing is done with later."""
    records: RecordSet | None = None
    """The records that are open to a professional or a carer; None for others, whom grants restrict
    alone."""
    check: RevisionCheck | None = None
    """Of `records` that an earlier request has loaded; None if this one has."""

    def require_any(self) -> None:
        """Raises Refusal("forbidden") for a caller without any permission."""
        if not self.scopes:
            raise Refusal("forbidden", "Votre jeton ne donne accès à aucune ressource.")

    def with_created(self, patients: Iterable[str]) -> "Access":
        """These permissions, with the records of patients whom a professional creates open."""
        created = tuple(patients) if self.records is not None else ()
        if self.records is None or not created:
            return self
        return replace(self, records=self.records.with_created(created))

    def permitted(self, resource_type: str, action: Action) -> Permitted:
        """The grants of that action on that type, from the scopes of the type and those of `*`."""
        own = self.scopes.get((resource_type, action), _NOTHING).grants
        every = self.scopes.get(("*", action), _NOTHING).grants
        if self.records is not None and resource_type not in SHARED_TYPES:
            found = tuple(dict.fromkeys((*own, *every)))
            if resource_type == APPEND_ONLY and action in ("r", "s"):
                found = self._own_traces(found)
            return Permitted(tuple(replace(each, records=self.records) for each in found))
        if _UNCONDITIONAL in own or _UNCONDITIONAL in every:
            return _EVERYTHING
        return Permitted(tuple(dict.fromkeys((*own, *every))))

    def _own_traces(self, grants: tuple[Grant, ...]) -> tuple[Grant, ...]:
        """A professional sees the traces of their own requests: those of a record are for the
        patient, and for programs with `system/AuditEvent.rs`."""
        if self.author is None or self.author.role != "professional":
            return grants
        own = f"altid={quote(self.author.account, safe='')}"
        return tuple(
            replace(each, query=f"{each.query}&{own}" if each.query else own) for each in grants
        )


def require_permission(access: Access, resource_type: str, action: Action) -> Permitted:
    """The grants of that action. Raises Refusal("forbidden") if there are none."""
    permitted = access.permitted(resource_type, action)
    if not permitted:
        raise Refusal(
            "forbidden",
            f"Votre jeton ne permet pas de {_VERBS[action]} des ressources {resource_type}.",
        )
    return permitted
