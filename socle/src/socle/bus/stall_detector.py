"""Detects a stall: a marker that should change and does not.

A consumer can freeze after a rebalance without an error, which only its position reveals.
"""

from collections.abc import Hashable


class FrozenConsumer(Exception):
    """Records wait and the consumer makes no progress: the process must be restarted."""


class StallDetector:
    """Observes one marker at intervals; the caller supplies the time."""

    def __init__(self) -> None:
        self._marker: Hashable = None
        self._since: float | None = None

    def observe(self, marker: Hashable, *, waiting: bool, now: float) -> float:
        """Seconds for which the marker has not changed while work was waiting; 0 without work.

        `marker`: any value that progress changes. `now`: seconds, of any clock.
        """
        if not waiting or marker != self._marker or self._since is None:
            self._marker, self._since = marker, now
        return now - self._since

    def forget(self) -> None:
        """Start afresh: while nothing could be observed, a stall and a rest are the same."""
        self._since = None
