"""How old real time may be, in seconds."""

LAST_PLAUSIBLE = 4_102_444_800
"""2100-01-01 in POSIX seconds."""

LIVE_SECONDS = 90
"""How old trip updates and vehicle positions may be."""

ALERTS_SECONDS = 600
"""How old alerts may be. https://gtfs.org/documentation/realtime/realtime-best-practices/"""


STALE_SECONDS = 300
"""Past this age a feed's predictions are not told any more (the French access point's limit)."""
