"""Who took a key, what for, and what they accepted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

TERMS: Final = "2026-11"
"""The version of the terms in force; who accepted which is kept."""


@dataclass(frozen=True, slots=True)
class Account:
    """`id` is made by chance; `terms`: the version accepted."""

    id: str
    name: str
    organisation: str
    email: str
    purpose: str
    terms: str


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What its account may know of a key; the key itself was shown once."""

    id: str
    services: frozenset[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
