"""The account of an API key: who holds it, what for, which terms they accepted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

TERMS: Final = "2026-11"
"""The version of the terms in force; the accepted version is stored."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who holds API keys."""

    id: str
    """Random; it identifies no person."""
    name: str
    """The person's name."""
    organisation: str
    """Empty if none was given."""
    email: str
    purpose: str
    """What the keys are for."""
    terms: str
    """The accepted version of the terms."""


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """A key as its account sees it; the key itself is displayed only once."""

    id: str
    services: frozenset[str]
    """The services it opens; empty for all."""
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
