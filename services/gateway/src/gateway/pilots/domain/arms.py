"""The arm of a person in a pilot: assigned by a hash, without any stored list.

The weights, end to end in the order of the arms, divide the numbers 0…9,999 into intervals; a
person is in the arm whose interval contains their number. The same salt and weights give the same
arm on every replica and after every restart. When weights change, only people whose number lies
between an old bound and its new value move; where bounds rise, they move towards earlier arms only.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

TOTAL_WEIGHT: Final = 10_000
_DRAWN_BITS: Final = 64


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm of a pilot."""

    name: str
    weight: int
    """Its share of the people, per 10,000."""


def pseudonym_of(salt: bytes, subject: str) -> bytes:
    """The pseudonym of a person in one pilot, 32 bytes. Without the salt it cannot be linked to the
    person, or to their pseudonym in another pilot."""
    return hmac.digest(salt, subject.encode(), "sha256")


def draw_number(salt: bytes, subject: str) -> int:
    """The person's number in that pilot, 0…9,999, uniform and independent of other pilots."""
    drawn = hmac.digest(salt, b"arm:" + subject.encode(), "sha256")
    return int.from_bytes(drawn[: _DRAWN_BITS // 8]) * TOTAL_WEIGHT >> _DRAWN_BITS


def arm_at(arms: Iterable[Arm], number: int) -> str:
    """The name of the arm whose interval contains the number.

    Raises ValueError past the last bound.
    """
    bound = 0
    for arm in arms:
        bound += arm.weight
        if number < bound:
            return arm.name
    raise ValueError(f"no arm at {number}: weights sum to {bound}")
