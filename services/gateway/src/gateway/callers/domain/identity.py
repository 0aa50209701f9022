"""Who calls, as the door knows it.

Roles are those of the platform's people and programs; `anonymous` is whoever says nothing, `house`
a service of ours that calls the public API as anyone does (the portal). A subject is a pseudonym:
the same person has the same one for as long as the platform's pseudonym key lasts, and no other
party knows it.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal, get_args

Role = Literal[
    "anonymous", "traveller", "patient", "professional", "coordinator", "integrator", "house"
]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

Means = Literal["none", "bearer", "session"]


@dataclass(frozen=True, slots=True)
class Identity:
    """One caller. `scopes` are OAuth's; `client` the application it came through, if one;
    `until`: POSIX seconds after which it must prove itself anew. `patient`, `practitioner`: the
    FHIR resource that it is. `acr`, `auth_time`: how surely and when (POSIX seconds) it logged in,
    where its provider told (OpenID Connect Core §2).

    `means`: how it proved itself. A session comes with every request of a browser, wanted or not,
    so what it may change is guarded against other sites (`sessions/flows/guard_cross_site.py`).
    """

    role: Role = "anonymous"
    subject: str = ""
    scopes: frozenset[str] = frozenset()
    client: str | None = None
    organisation: str | None = None
    patient: str | None = None
    means: Means = "none"
    until: float = math.inf
    practitioner: str | None = None
    acr: str | None = None
    auth_time: int | None = None

    @property
    def fhir_user(self) -> str | None:
        """The resource it is, under the FHIR base."""
        if self.role == "patient" and self.patient is not None:
            return f"Patient/{self.patient}"
        if self.role == "professional" and self.practitioner is not None:
            return f"Practitioner/{self.practitioner}"
        return None


ANONYMOUS: Final = Identity()
