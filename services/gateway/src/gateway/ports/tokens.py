"""What judging bearer tokens asks of the outside."""

from typing import Protocol

from gateway.domain.bearer import Judged


class Bearers(Protocol):
    """Bearer tokens, judged."""

    async def judge(self, token: bytes) -> Judged:
        """Whom that token names. Raises Refusal: `unauthenticated`, `forbidden`, or `unavailable`
        while its issuer's keys cannot be had."""
        ...
