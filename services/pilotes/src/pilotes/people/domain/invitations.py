"""Codes that let people into one pilot: how many, how often each, until when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

MOST_AT_ONCE: Final = 500
MOST_USES: Final = 10_000
LONGEST_DAYS: Final = 400


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for. `uses`: of each code; 1 for a letter to one person, more for a poster;
    `label`: what they are for, in the project's own words."""

    count: int
    uses: int
    days: int
    label: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """Some codes of one order, as their pilot's people see them: never the codes. `used`: times."""

    id: int
    label: str
    count: int
    uses: int
    used: int
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
