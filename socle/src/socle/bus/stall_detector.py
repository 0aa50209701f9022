"""How long something that should move has stood still.

A consumer may freeze after a rebalance with no error at all; only its position tells.
"""

from collections.abc import Hashable


class FrozenConsumer(Exception):
    """Records wait and nothing moves: the process must end and be started again."""


class StallDetector:
    """Watches one marker, looked at from time to time; seconds come from the caller."""

    def __init__(self) -> None:
        self._marker: Hashable = None
        self._since: float | None = None

    def observe(self, marker: Hashable, *, waiting: bool, now: float) -> float:
        """Seconds the marker has stood still while something was waiting, 0 otherwise."""
        if not waiting or marker != self._marker or self._since is None:
            self._marker, self._since = marker, now
        return now - self._since
