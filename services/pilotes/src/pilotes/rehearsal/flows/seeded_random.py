"""Chance that can be played again: every draw follows from a seed and a name."""

import hashlib
from random import Random


def number(*parts: object) -> int:
    """64 bits that follow from the parts."""
    name = "|".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest())


def share(*parts: object) -> float:
    """A number from 0 to 1, 1 excluded."""
    return (number(*parts) >> 11) / (1 << 53)


def dice(*parts: object) -> Random:
    """A source of numbers of its own."""
    return Random(number(*parts))  # noqa: S311 - people are simulated, nothing is kept secret


class SeededBytes:
    """The bytes that flows take where nobody may foresee them; here one must be able to."""

    def __init__(self, *parts: object) -> None:
        self._dice = dice(*parts)

    def __call__(self, count: int) -> bytes:
        return self._dice.randbytes(count)
