"""Rental vehicles and their stations as GBFS tells them: words, freshness, what can be rented.

https://github.com/MobilityData/gbfs/blob/v3.0/gbfs.md ; what older versions say is folded into the
words of 3.0 at the door (`adapters/gbfs*.py`).
"""

from typing import Final

STALE_SECONDS: Final = 300
""""In no case should it be more than 5 minutes out-of-date": section Data Latency."""
LONGEST_STATUS: Final = 300.0
"""Seconds between two reads of what changes all the time, whatever its `ttl` says."""
LONGEST_REST: Final = 3600.0
"""The same for what hardly changes: names, places, prices."""
_REST_ROUNDS: Final = 4.0
"""What hardly changes is asked for this many times more rarely, where its `ttl` says 0."""


def status_interval(ttl: int, poll_seconds: float) -> float:
    """Seconds until availability is read again: its `ttl`, within reason."""
    return max(poll_seconds, min(float(ttl), LONGEST_STATUS))


def rest_interval(ttl: int, poll_seconds: float) -> float:
    """Seconds until names, places and prices are read again: their `ttl`, within reason."""
    return max(_REST_ROUNDS * poll_seconds, min(float(ttl), LONGEST_REST))


def stale_after(ttl: int) -> int:
    """Seconds after which availability is no longer worth telling as present."""
    return max(STALE_SECONDS, 3 * min(ttl, int(LONGEST_STATUS)))
