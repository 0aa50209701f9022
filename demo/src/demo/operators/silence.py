"""Simulated outages of real time: at every minute of the day one operator or another has one.

Azalys publishes the same message all the time, which gets older. Agglobus' server answers 503. Each
has its part of every hour. At the full hour they overlap by six minutes, because Azalys' message is
old for consumers only after five.
"""

_HOUR = 3600
FROZEN_UNTIL = 40 * 60
"""Azalys: from the full hour until so many seconds after it."""
DOWN_FROM, DOWN_UNTIL = 39 * 60, 66 * 60
"""Agglobus: seconds after the full hour; the end is in the next hour."""


def published_instant(operator_id: str, now: float) -> float | None:
    """The instant of the message that an operator publishes at `now` (both POSIX seconds); None if
    its server is down."""
    within = now % _HOUR
    if operator_id == "azalys" and within < FROZEN_UNTIL:
        return now - within
    if operator_id == "agglobus" and (within >= DOWN_FROM or within < DOWN_UNTIL - _HOUR):
        return None
    return now
