"""A limit on the comparisons of one resource with one profile, or on the steps of FHIRPath."""

from typing import Final

MAX_CHECKS: Final = 200_000
"""Greatest number of comparisons of a value with a rule, for one resource and profile."""


class TooManyChecks(Exception):
    """More would be counted than the budget has left."""


class CheckBudget:
    """The comparisons or steps that remain. `limit`: how many at first; None: `MAX_CHECKS`."""

    __slots__ = ("_remaining",)

    def __init__(self, limit: int | None = None) -> None:
        self._remaining = MAX_CHECKS if limit is None else limit

    def spend(self, count: int) -> None:
        """Count comparisons before they are made. Raises TooManyChecks if too few remain."""
        self._remaining -= count
        if self._remaining < 0:
            raise TooManyChecks
