"""Whether our own poller works: without it a feed is not measured, and its silence proves
nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

LONGEST_PAUSE: Final = 300.0
"""Seconds between two polls of an address that fails (`http_source.py`)."""
_GRACE: Final = 30.0
"""Seconds that a poll and its way over the bus take at most."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """The last poll of an address."""

    at: float
    """POSIX seconds."""
    failing: bool


def poller_is_up(attempts: Iterable[Attempt], *, now: float, interval: float) -> bool:
    """Whether an address was polled as recently as it should. `attempts`: of every address of the
    region; `interval`: seconds between two polls of one that answers.

    Addresses that fail are polled less often: they count only if all do.
    """
    known = [*attempts]
    answering = [each.at for each in known if not each.failing]
    if answering:
        return now - max(answering) <= 2 * interval + _GRACE
    failing = max((each.at for each in known), default=float("-inf"))
    return now - failing <= max(LONGEST_PAUSE, interval) + _GRACE
