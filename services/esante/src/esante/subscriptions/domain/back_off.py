"""How long a subscriber that fails is left alone."""

from datetime import timedelta
from typing import Final

_FIRST: Final = 2.0
_LONGEST: Final = 900.0
_DOUBLINGS: Final = 12
FAILURES_TO_ERROR: Final = 3
"""Failures in a row after which the subscription has the status `error`."""
GIVE_UP: Final = timedelta(days=7)
"""Of failures alone, after which it is turned off; notifications are stored no longer."""


def back_off(failures: int, share: float) -> timedelta:
    """The pause after that many failures in a row: 2 s, twice as long each time, 15 min at most.

    `share`: a random number in [0, 1); the pause is that part of its second half, so that
    subscribers that failed together do not return together.
    """
    longest = min(_FIRST * 2.0 ** min(failures - 1, _DOUBLINGS), _LONGEST)
    return timedelta(seconds=longest * (0.5 + share / 2))
