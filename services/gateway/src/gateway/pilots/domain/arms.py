"""Which arm of a pilot a person is on: drawn by a hash, so that nobody keeps a list.

Intervals are the weights laid end to end in the arms' order, on numbers 0…9,999. A person whose
number lies in an interval is on its arm, always: the same salt and weights give the same arm on
every replica and after every restart. When weights change, only those move whose number lies
between a former bound and its new place; where bounds rise, people move towards earlier arms only.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

WHOLE: Final = 10_000
_DRAWN_BITS: Final = 64


@dataclass(frozen=True, slots=True)
class Arm:
    """One way people are served. `weight`: its share of them, per 10,000."""

    name: str
    weight: int


def pseudonym_of(salt: bytes, subject: str) -> bytes:
    """A person in one pilot, 32 bytes; without the salt nobody finds the person, nor the same one
    in another pilot."""
    return hmac.digest(salt, subject.encode(), "sha256")


def number_of(salt: bytes, subject: str) -> int:
    """The person's number in that pilot, 0…9,999, evenly and independently of any other pilot."""
    drawn = hmac.digest(salt, b"arm:" + subject.encode(), "sha256")
    return int.from_bytes(drawn[: _DRAWN_BITS // 8]) * WHOLE >> _DRAWN_BITS


def arm_at(arms: Iterable[Arm], number: int) -> str:
    """The arm in whose interval the number lies. Raises ValueError past the last bound."""
    bound = 0
    for arm in arms:
        bound += arm.weight
        if number < bound:
            return arm.name
    raise ValueError(f"no arm at {number}: weights sum to {bound}")
