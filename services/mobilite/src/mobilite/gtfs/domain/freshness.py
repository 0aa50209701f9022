"""Age limits of real-time data, in seconds, and the latest plausible timestamp."""

LAST_PLAUSIBLE = 4_102_444_800
"""2100-01-01 in POSIX seconds: later timestamps are mistakes."""

LIVE_SECONDS = 90
"""Maximum age of trip updates and vehicle positions by the best practices of GTFS-Realtime. Older
ones are noted in the status of the feed, but displayed until STALE_SECONDS.
https://gtfs.org/documentation/realtime/realtime-best-practices/
"""

ALERTS_SECONDS = 600
"""Maximum age of alerts by the same. Older ones are noted, and displayed as stale."""


STALE_SECONDS = 300
"""Predictions older than this are not displayed (limit of the French national access point)."""
