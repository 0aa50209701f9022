"""Reproducible randomness: every draw is a function of a seed and a name."""

import hashlib
from random import Random


def draw_integer(*parts: object) -> int:
    """A 64-bit integer, a hash of the parts."""
    name = "|".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest())


def draw_share(*parts: object) -> float:
    """A number in [0, 1), a hash of the parts."""
    return (draw_integer(*parts) >> 11) / (1 << 53)


def seeded_random(*parts: object) -> Random:
    """A generator seeded with the parts."""
    return Random(draw_integer(*parts))  # noqa: S311 – a simulation, not a secret
