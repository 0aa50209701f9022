"""What slows traffic on a day: weather, peak hours, incidents."""

import math
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from demo.days.dice import draw_share, seeded_random

HOUR = 3600
_PEAKS = ((7.9, 0.9, 1.0), (12.3, 0.6, 0.35), (17.6, 1.1, 0.9))
"""Hour, width in hours, height."""


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident that delays a line."""

    begins: int
    """Seconds of the service day."""
    ends: int
    """Seconds of the service day."""
    place: float
    """Share of the line's length, from 0 to 1 in direction 0."""
    delay: int
    """Seconds that each vehicle loses there."""


def weather(day: date, *, seed: int) -> float:
    """How much the region's weather slows traffic, as a share of running time."""
    draw = draw_share(seed, "weather", day)
    return 0.0 if draw < 0.6 else 0.03 if draw < 0.9 else 0.08


def congestion(day: date, at: float, *, seed: int) -> float:
    """How much longer a road takes at `at` seconds of the day, as a share of running time."""
    weight = (1.0, 1.0, 1.0, 1.0, 1.15, 0.5, 0.2)[day.weekday()]  # Monday to Sunday
    hour = at / HOUR
    peak = sum(
        height * math.exp(-(((hour - centre) / width) ** 2)) for centre, width, height in _PEAKS
    )
    return 0.14 * weight * peak + weather(day, seed=seed)


@lru_cache(2048)
def incidents(line_id: str, day: date, *, seed: int) -> tuple[Incident, ...]:
    """The incidents of one line that day: none, one or two."""
    rng = seeded_random(seed, "incidents", line_id, day)
    found = []
    for _ in range(rng.choice((0, 1, 1, 1, 2, 2))):
        begins = round(rng.uniform(5.5, 22.5) * HOUR)
        lasts = rng.randrange(900, 3600)
        found.append(
            Incident(begins, begins + lasts, rng.uniform(0.1, 0.9), rng.randrange(90, 420))
        )
    return tuple(found)
