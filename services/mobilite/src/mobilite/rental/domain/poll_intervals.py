"""Poll intervals and age limits of GBFS files.

https://github.com/MobilityData/gbfs/blob/v3.0/gbfs.md#output-format
"""

from typing import Final

STALE_SECONDS: Final = 300
""""In no case should it be more than 5 minutes out-of-date": section Data Latency."""
LONGEST_STATUS_INTERVAL: Final = 300.0
"""Longest time in seconds between two reads of availability, whatever its `ttl`."""
LONGEST_METADATA_INTERVAL: Final = 3600.0
"""The same for files that rarely change: names, places, prices."""
_METADATA_FACTOR: Final = 4.0
"""The shortest interval of files that rarely change, in shortest intervals of availability."""


def status_interval(ttl: int, poll_seconds: float) -> float:
    """Seconds until availability is read again: its `ttl` (seconds), within limits.
    `poll_seconds`: the shortest interval."""
    return max(poll_seconds, min(float(ttl), LONGEST_STATUS_INTERVAL))


def metadata_interval(ttl: int, poll_seconds: float) -> float:
    """Seconds until names, places and prices are read again: their `ttl` (seconds), within
    limits. `poll_seconds`: the shortest interval of availability."""
    return max(_METADATA_FACTOR * poll_seconds, min(float(ttl), LONGEST_METADATA_INTERVAL))


def stale_after(ttl: int) -> int:
    """The age in seconds beyond which availability with that `ttl` (seconds) is stale."""
    return max(STALE_SECONDS, 3 * min(ttl, int(LONGEST_STATUS_INTERVAL)))
