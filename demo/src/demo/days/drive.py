"""How one vehicle truly drives its way: delays grow with the traffic and recover with the slack."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from demo.days.conditions import incidents, pressure
from demo.network.model import Line

LATEST = 45 * 60
"""Seconds behind schedule that no vehicle exceeds."""
_LEAST_DWELL = 12


@dataclass(frozen=True, slots=True)
class Manner:
    """How vehicles of one kind drive: how much traffic weighs on them, how uneven each leg is, how
    much of a leg's time they can make up for, and how late they may leave the terminus (s)."""

    traffic: float
    uneven: float
    slack: float
    first: int


_TRAM, _RAIL, _ROAD = (
    Manner(0.35, 0.05, 0.07, 25),
    Manner(0.1, 0.02, 0.05, 90),
    Manner(1, 0.08, 0.08, 60),
)
_MANNERS = {0: _TRAM, 1: _TRAM, 2: _RAIL}


@dataclass(frozen=True, slots=True)
class Times:
    """Arrivals and departures along a way, seconds of the service day; strictly one stop after the
    other."""

    arrivals: tuple[int, ...]
    departures: tuple[int, ...]

    def later(self, seconds: int) -> "Times":
        """The same times, `seconds` later."""
        return Times(
            tuple(at + seconds for at in self.arrivals),
            tuple(at + seconds for at in self.departures),
        )

    def slower(self, factor: float) -> "Times":
        """The same way from the same start, taking `factor` times as long."""
        start = self.arrivals[0]

        def stretched(times: Sequence[int]) -> tuple[int, ...]:
            return tuple(start + round((at - start) * factor) for at in times)

        return Times(stretched(self.arrivals), stretched(self.departures))


def drive(
    line: Line,
    direction: int,
    planned: Times,
    day: date,
    *,
    rng: Random,
    seed: int,
    late: int = 0,
    early: int = 0,
) -> Times:
    """The true times of a vehicle that leaves `late` seconds behind schedule, and never earlier
    than `early` seconds ahead of it."""
    manner = _MANNERS.get(line.route_type, _ROAD)
    held = incidents(line.id, day, seed=seed)
    count = len(planned.arrivals)
    now = planned.departures[0] + late + rng.randrange(manner.first) - early
    arrivals, departures = [min(planned.arrivals[0], now)], [now]
    slow = manner.traffic * pressure(day, now, seed=seed)
    for index in range(1, count):
        leg = planned.arrivals[index] - planned.departures[index - 1]
        takes = leg * (1 + slow + rng.gauss(0.0, manner.uneven))
        behind = now - planned.departures[index - 1]
        if behind > 0:
            takes -= min(behind, leg * manner.slack)
        place = index / count if direction == 0 else 1 - index / count
        for incident in held:
            if (
                incident.begins <= now < incident.ends
                and abs(place - incident.place) <= 0.5 / count
            ):
                takes += incident.seconds
        latest = planned.arrivals[index] + LATEST - now
        now += max(1, round(min(max(takes, 0.7 * leg), latest)))
        arrivals.append(now)
        stays = planned.departures[index] - planned.arrivals[index]
        leaves = now + min(stays, _LEAST_DWELL)
        now = max(leaves, planned.departures[index] - early)
        departures.append(now)
    return Times(tuple(arrivals), tuple(departures))
