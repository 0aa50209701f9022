"""The identity of a caller.

Roles are those of people and programs; `carer` is a person in the record of somebody whom they care
for or represent: only the tokens of applications have it, and no provider gives it. `anonymous` is
a caller without credentials, `house` the gateway itself in its own requests to services (the
portal's key gives it the plan `house`, but not this role). A subject is a pseudonym: a person has
the same one as long as the platform's pseudonym key lasts, and no other party knows it.
"""

import math
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

Role = Literal[
    "anonymous",
    "traveller",
    "patient",
    "carer",
    "professional",
    "coordinator",
    "integrator",
    "house",
]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

Means = Literal["none", "bearer", "session"]
"""How a caller authenticated: not at all, by a bearer token, by a session cookie."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity of one caller."""

    role: Role = "anonymous"
    subject: str = ""
    """The caller's pseudonym; empty if anonymous."""
    scopes: frozenset[str] = frozenset()
    """OAuth scopes."""
    client: str | None = None
    """The application it calls through, if any."""
    organisation: str | None = None
    """The caller's organisation, as its provider names it."""
    patient: str | None = None
    """The id of its FHIR Patient."""
    means: Means = "none"
    """How it authenticated. Browsers send a session cookie with every request, so what a session
    may change is protected against other sites (`sessions/flows/guard_cross_site.py`)."""
    until: float = math.inf
    """POSIX seconds after which it must authenticate again."""
    practitioner: str | None = None
    """The id of its FHIR Practitioner."""
    related_person: str | None = None
    """The id of the RelatedPerson that a carer is to the patient."""
    professions: str | None = None
    """The codes of its professions, separated by spaces, as its provider names them."""
    acr: str | None = None
    """Authentication context class, if its provider gave one (OpenID Connect Core §2)."""
    auth_time: int | None = None
    """POSIX seconds of the login, if its provider gave them."""
    name: str | None = field(default=None, repr=False)
    """The person's name, of a session only; pages display it to that person and nobody else."""

    @property
    def fhir_user(self) -> str | None:
        """The FHIR resource of the caller, relative to the FHIR base."""
        if self.role == "patient" and self.patient is not None:
            return f"Patient/{self.patient}"
        if self.role == "professional" and self.practitioner is not None:
            return f"Practitioner/{self.practitioner}"
        if self.role == "carer" and self.related_person is not None:
            return f"RelatedPerson/{self.related_person}"
        return None


ANONYMOUS: Final = Identity()
