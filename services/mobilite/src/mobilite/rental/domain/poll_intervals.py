"""Poll intervals and age limits of GBFS files.

https://github.com/MobilityData/gbfs/blob/v3.0/gbfs.md#output-format
"""

from typing import Final

STALE_SECONDS: Final = 300
""""In no case should it be more than 5 minutes out-of-date": section Data Latency."""
LONGEST_STATUS: Final = 300.0
"""Longest time in seconds between two reads of availability, whatever its `ttl`."""
LONGEST_REST: Final = 3600.0
"""The same for rarely changing files: names, places, prices."""
_REST_ROUNDS: Final = 4.0
"""Rarely changing files are read this many times less often if their `ttl` is 0."""


def status_interval(ttl: int, poll_seconds: float) -> float:
    """Seconds until availability is read again: its `ttl`, within limits."""
    return max(poll_seconds, min(float(ttl), LONGEST_STATUS))


def rest_interval(ttl: int, poll_seconds: float) -> float:
    """Seconds until names, places and prices are read again: their `ttl`, within limits."""
    return max(_REST_ROUNDS * poll_seconds, min(float(ttl), LONGEST_REST))


def stale_after(ttl: int) -> int:
    """Seconds after which availability is stale."""
    return max(STALE_SECONDS, 3 * min(ttl, int(LONGEST_STATUS)))
