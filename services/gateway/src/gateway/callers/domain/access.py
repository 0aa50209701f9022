"""The access rule of a route: the roles and the scopes that may call it.

A scope ending in `/` stands for every scope with that prefix: `patient/` for any SMART scope on a
patient. The gateway checks that one is granted; the service decides what it opens.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from gateway.callers.domain.identity import ROLES, Identity, Role

AccessDecision = Literal["granted", "unauthenticated", "forbidden", "insufficient_scope"]


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call a route."""

    roles: frozenset[Role]
    scopes: frozenset[str] = frozenset()
    """If any, the caller needs one of them as well as a role."""

    @property
    def open(self) -> bool:
        """Whether anonymous callers may call."""
        return "anonymous" in self.roles

    def check(self, identity: Identity) -> AccessDecision:
        """Whether that caller may call, and if not, why."""
        if identity.role not in self.roles:
            return "unauthenticated" if identity.role == "anonymous" else "forbidden"
        if self.scopes and not any(_covers(required, identity.scopes) for required in self.scopes):
            return "insufficient_scope"
        return "granted"


OPEN: Final = Access(frozenset(ROLES))
"""The rule that accepts every caller."""


def only(*roles: Role, scopes: Iterable[str] = ()) -> Access:
    """The rule that accepts those roles only, and of them those with one of `scopes`, if any are
    given."""
    return Access(frozenset(roles), frozenset(scopes))


def _covers(required: str, granted: frozenset[str]) -> bool:
    if required.endswith("/"):
        return any(scope.startswith(required) for scope in granted)
    return required in granted
