"""Reproducible randomness: every draw is a function of a seed and a name."""

import hashlib
from random import Random


def number(*parts: object) -> int:
    """A 64-bit integer, a hash of the parts."""
    name = "|".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest())


def uniform(*parts: object) -> float:
    """A number in [0, 1), a hash of the parts."""
    return (number(*parts) >> 11) / (1 << 53)


def generator(*parts: object) -> Random:
    """A generator seeded with the parts."""
    return Random(number(*parts))  # noqa: S311 - people are simulated, nothing is secret


class SeededBytes:
    """Reproducible bytes, in place of `os.urandom`: two sources with the same parts give the
    same."""

    def __init__(self, *parts: object) -> None:
        self._random = generator(*parts)

    def __call__(self, count: int) -> bytes:
        return self._random.randbytes(count)
