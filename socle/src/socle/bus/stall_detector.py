"""Detects a stall: a marker that should move and does not.

A consumer can freeze after a rebalance without an error; only its position shows it.
"""

from collections.abc import Hashable


class FrozenConsumer(Exception):
    """Records wait and nothing moves: the process must end and be started again."""


class StallDetector:
    """Observes one marker at intervals; the caller supplies the time."""

    def __init__(self) -> None:
        self._marker: Hashable = None
        self._since: float | None = None

    def observe(self, marker: Hashable, *, waiting: bool, now: float) -> float:
        """Seconds for which the marker has not moved while work was waiting, otherwise 0."""
        if not waiting or marker != self._marker or self._since is None:
            self._marker, self._since = marker, now
        return now - self._since
