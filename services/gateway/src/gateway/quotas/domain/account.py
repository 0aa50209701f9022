"""The account of an API key: who holds it, what for, which terms they accepted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

TERMS: Final = "2026-11"
"""The version of the terms in force; the accepted version is stored."""


@dataclass(frozen=True, slots=True)
class Account:
    """`id` is random; `terms`: the accepted version."""

    id: str
    name: str
    organisation: str
    email: str
    purpose: str
    terms: str


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """A key as its account sees it; the key itself is displayed only once."""

    id: str
    services: frozenset[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
