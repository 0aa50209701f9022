"""The key with which a client marks the repetitions of one request.

https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """An Idempotency-Key, and the request that it marks."""

    account: str
    """The caller: the keys of others are other ones."""
    text: str
    fingerprint: bytes
    """SHA-256 of the request: a different one with the same key is refused."""
    place: int = 0
    """The index of the entry in a batch, whose entries are written one by one; else 0."""
