"""What really happens to each trip of a demo day: seeded, so that a day can be played again.

A trip's *truth* is its delay at every stop, which grows and recovers along the way. What the
operator *announces* at an instant is the delay observed so far and a guess, that gets better, of
what remains: predictions move on screen as they do in life.
"""

import hashlib
import math
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Literal

Fate = Literal["runs", "cancelled", "skips"]

CANCELLED_SHARE = 0.04
SKIPPING_SHARE = 0.06
GUESS_PERIOD = 20.0  # seconds between two guesses of the operator's prediction engine


@dataclass(frozen=True, slots=True)
class Truth:
    """One trip of one day: its fate, its delay at each call (s), the call it skips (or -1)."""

    fate: Fate
    delays: tuple[int, ...]
    skipped: int


def truth_of(trip_id: str, day: date, calls: int, *, seed: int) -> Truth:
    """What happens to a trip that day."""
    rng = _rng(seed, day.isoformat(), trip_id)
    draw = rng.random()
    if draw < CANCELLED_SHARE:
        return Truth("cancelled", (0,) * calls, -1)
    amplitude = rng.choice((20.0, 40.0, 60.0, 90.0, 150.0, 240.0, 420.0, 700.0))
    peak, width = rng.uniform(0.3, 1.1), rng.uniform(0.25, 0.6)
    start = rng.uniform(-20.0, 60.0)
    delays = tuple(
        round(start + amplitude * math.exp(-(((index / (calls - 1)) - peak) ** 2) / (2 * width**2)))
        for index in range(calls)
    )
    skips = draw < CANCELLED_SHARE + SKIPPING_SHARE
    skipped = rng.randrange(1, calls - 1) if skips and calls > 2 else -1
    return Truth("skips" if skipped > 0 else "runs", delays, skipped)


def announced(
    truth: Truth, scheduled: tuple[int, ...], now: float, trip_id: str, *, seed: int
) -> tuple[int, tuple[int, ...]]:
    """The delays announced at `now` (seconds since the service day began).

    Returns the index of the next call and the announced delay of every call; those already made
    carry what was observed.
    """
    made = [index for index, at in enumerate(scheduled) if at + truth.delays[index] <= now]
    upcoming = made[-1] + 1 if made else 0
    observed = truth.delays[made[-1]] if made else max(0, round(now - scheduled[0]))
    rng = _rng(seed, trip_id, str(int(now // GUESS_PERIOD)))
    delays = list(truth.delays[:upcoming])
    for index in range(upcoming, len(scheduled)):
        horizon = index - upcoming + 1
        known = 1.0 / (1.0 + 0.35 * horizon)
        guess = known * truth.delays[index] + (1 - known) * observed
        delays.append(round(guess + rng.gauss(0.0, 4.0 * horizon)))
    return upcoming, tuple(_forward(delays, scheduled))


def _forward(delays: list[int], scheduled: tuple[int, ...]) -> list[int]:
    """No vehicle reaches a stop before the one it follows."""
    result: list[int] = []
    previous = -(10**9)
    for delay, at in zip(delays, scheduled, strict=True):
        moment = max(at + delay, previous)
        result.append(moment - at)
        previous = moment
    return result


def _rng(seed: int, *parts: str) -> Random:
    digest = hashlib.blake2b("|".join((str(seed), *parts)).encode(), digest_size=8).digest()
    return Random(int.from_bytes(digest))  # noqa: S311 – a simulation, not a secret
