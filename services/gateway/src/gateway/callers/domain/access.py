"""Who may call a route: a rule each route must have, and how it judges an identity.

A scope ending in `/` stands for all that begin so: `patient/` for any SMART scope on a patient.
What a scope opens inside a service is the service's to judge; the door asks that there be one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from gateway.callers.domain.identity import ROLES, Identity, Role

Verdict = Literal["granted", "unauthenticated", "forbidden", "insufficient_scope"]


@dataclass(frozen=True, slots=True)
class Access:
    """`roles` that may call; where there are `scopes`, one of them at least is needed besides."""

    roles: frozenset[Role]
    scopes: frozenset[str] = frozenset()

    @property
    def open(self) -> bool:
        """Whether anyone may call, without saying who they are."""
        return "anonymous" in self.roles

    def judge(self, identity: Identity) -> Verdict:
        """Whether that caller may."""
        if identity.role not in self.roles:
            return "unauthenticated" if identity.role == "anonymous" else "forbidden"
        if self.scopes and not any(_covers(asked, identity.scopes) for asked in self.scopes):
            return "insufficient_scope"
        return "granted"


OPEN: Final = Access(frozenset(ROLES))


def only(*roles: Role, scopes: Iterable[str] = ()) -> Access:
    """Those roles and no other."""
    return Access(frozenset(roles), frozenset(scopes))


def _covers(asked: str, held: frozenset[str]) -> bool:
    if asked.endswith("/"):
        return any(scope.startswith(asked) for scope in held)
    return asked in held
