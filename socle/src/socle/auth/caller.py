"""Who calls, as the gateway tells the services behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

TOKEN_HEADER = b"x-regionlab-token"
ISSUER = "regionlab-gateway"
ALGORITHM = "ES256"
LIFE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Caller:
    """The claims of an inward token.

    `role`: the platform's (`anonymous` for whoever says nothing). `subject`: a pseudonym, empty for
    nobody. `scopes`: OAuth's. `client`: the application. `plan`: what the caller may use. `arms`:
    trial → arm, where a consent stands.
    """

    role: str
    subject: str
    scopes: frozenset[str]
    client: str | None
    organisation: str | None
    patient: str | None
    plan: str
    arms: Mapping[str, str]

    @classmethod
    def of_claims(cls, claims: Mapping[str, Any]) -> "Caller":
        """Raises KeyError, TypeError or AttributeError where they are not what the gateway says."""
        return cls(
            role=str(claims["role"]),
            subject=str(claims["sub"]),
            scopes=frozenset(claims["scope"].split()),
            client=claims.get("client_id"),
            organisation=claims.get("organisation"),
            patient=claims.get("patient"),
            plan=str(claims["plan"]),
            arms=dict(claims.get("arms", {})),
        )

    def claims(self) -> dict[str, Any]:
        """The same, to be signed; what is not known is left out."""
        told: dict[str, Any] = {
            "role": self.role,
            "sub": self.subject,
            "scope": " ".join(sorted(self.scopes)),
            "client_id": self.client,
            "organisation": self.organisation,
            "patient": self.patient,
            "plan": self.plan,
            "arms": dict(self.arms) or None,
        }
        return {name: value for name, value in told.items() if value is not None}


ANONYMOUS: Final = Caller("anonymous", "", frozenset(), None, None, None, "public", {})
"""Whoever says nothing of who they are."""
