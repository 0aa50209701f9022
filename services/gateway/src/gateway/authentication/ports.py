"""What judging bearer tokens asks of the outside."""

from typing import Protocol

from gateway.authentication.domain.bearer_claims import Judged


class Bearers(Protocol):
    """Bearer tokens, judged."""

    async def judge(self, token: bytes) -> Judged:
        """Whom that token names. Raises Refusal: `unauthenticated`, `forbidden`, or `unavailable`
        while its issuer's keys cannot be had."""
        ...


class Revocations(Protocol):
    """Which of the door's own access tokens were taken back before their end. In memory."""

    def revoked(self, *references: str) -> bool:
        """Whether any of them was: a token's `jti`, its `grant`. Never waits, never raises."""
        ...

    def sure(self) -> bool:
        """Whether what `revoked` says can be believed: False where one may have been missed."""
        ...
