"""Which operator is silent when: at every minute of the day one of them is, and the others are not
disturbed.

Azalys' feed stops moving: the same message, older and older. Agglobus' server answers 503. Each has
its part of every hour, and the parts overlap by the five minutes after which a consumer calls a
feed old.
"""

_HOUR = 3600
FROZEN_UNTIL = 40 * 60
"""Azalys: from the full hour until then."""
DOWN_FROM, DOWN_UNTIL = 39 * 60, 66 * 60
"""Agglobus: from then until six minutes past the next hour."""


def published_instant(operator_id: str, now: float) -> float | None:
    """The instant an operator's real time speaks of at `now` (POSIX seconds); None: no answer."""
    within = now % _HOUR
    if operator_id == "azalys" and within < FROZEN_UNTIL:
        return now - within
    if operator_id == "agglobus" and (within >= DOWN_FROM or within < DOWN_UNTIL - _HOUR):
        return None
    return now
