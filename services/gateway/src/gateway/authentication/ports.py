"""What authentication needs of the outside."""

from typing import Protocol

from gateway.authentication.domain.bearer_claims import VerifiedToken


class TokenVerifier(Protocol):
    """Verifies bearer tokens."""

    async def verify(self, token: bytes) -> VerifiedToken:
        """Verify the signature and the claims of a compact JWT.

        Raises Refusal: `unauthenticated` if the token is not acceptable, `forbidden` if its bearer
        has no role here, `unavailable` if its issuer's keys could never be fetched.
        """
        ...


class Revocations(Protocol):
    """The gateway's own access tokens that were revoked before their expiry, in memory."""

    def is_revoked(self, *references: str) -> bool:
        """Whether any of them is revoked: a token's `jti`, its `grant`. Never waits or raises."""
        ...

    def is_current(self) -> bool:
        """Whether the list is up to date: False if a revocation may have been missed."""
        ...
