"""Random numbers that can be drawn again: each follows from a seed and a name."""

import hashlib
from random import Random


def number(*parts: object) -> int:
    """64 bits that follow from the parts."""
    name = "|".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest())


def uniform(*parts: object) -> float:
    """A number from 0 to 1, 1 excluded."""
    return (number(*parts) >> 11) / (1 << 53)


def generator(*parts: object) -> Random:
    """A generator of its own for these parts."""
    return Random(number(*parts))  # noqa: S311 - people are simulated, nothing is secret


class SeededBytes:
    """Bytes for flows that need unpredictable ones: here they must be reproducible."""

    def __init__(self, *parts: object) -> None:
        self._random = generator(*parts)

    def __call__(self, count: int) -> bytes:
        return self._random.randbytes(count)
