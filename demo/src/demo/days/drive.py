"""The actual times of one run: delays grow with the traffic, and shrink with the slack of the
timetable."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from demo.days.conditions import congestion, incidents
from demo.network.model import Line

MAX_DELAY = 45 * 60
"""Greatest delay of a vehicle, in seconds."""
_LATE_DWELL = 12
"""Seconds that a late vehicle stays at a stop, at most."""


@dataclass(frozen=True, slots=True)
class DrivingStyle:
    """How vehicles of one type drive."""

    traffic: float
    """How much congestion slows them: 1 as cars, 0 not at all."""
    uneven: float
    """Standard deviation of the time of a leg, as a share of it."""
    slack: float
    """Share of a leg's time that a late vehicle can make up for."""
    first: int
    """Greatest delay at the terminus, in seconds."""


_TRAM, _RAIL, _ROAD = (
    DrivingStyle(0.35, 0.05, 0.07, 25),
    DrivingStyle(0.1, 0.02, 0.05, 90),
    DrivingStyle(1, 0.08, 0.08, 60),
)
_STYLES = {0: _TRAM, 1: _TRAM, 2: _RAIL}
"""By GTFS route type; `_ROAD` for others."""


@dataclass(frozen=True, slots=True)
class Times:
    """Arrivals and departures at the stops of a run, in seconds of the service day. Both are
    strictly increasing."""

    arrivals: tuple[int, ...]
    departures: tuple[int, ...]

    def later(self, seconds: int) -> "Times":
        """The same times, `seconds` later."""
        return Times(
            tuple(at + seconds for at in self.arrivals),
            tuple(at + seconds for at in self.departures),
        )

    def slower(self, factor: float) -> "Times":
        """Times with the same start that take `factor` times as long."""
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
    """The actual times of a run. `planned`: those it should follow. `late`: seconds behind schedule
    when it leaves. `early`: seconds it can be ahead of it, at most. `rng`: for variation."""
    style = _STYLES.get(line.route_type, _ROAD)
    line_incidents = incidents(line.id, day, seed=seed)
    count = len(planned.arrivals)
    now = planned.departures[0] + late + rng.randrange(style.first) - early
    arrivals, departures = [min(planned.arrivals[0], now)], [now]
    slow = style.traffic * congestion(day, now, seed=seed)
    for index in range(1, count):
        leg = planned.arrivals[index] - planned.departures[index - 1]
        takes = leg * (1 + slow + rng.gauss(0.0, style.uneven))
        behind = now - planned.departures[index - 1]
        if behind > 0:
            takes -= min(behind, leg * style.slack)
        place = index / count if direction == 0 else 1 - index / count
        for incident in line_incidents:
            if (
                incident.begins <= now < incident.ends
                and abs(place - incident.place) <= 0.5 / count
            ):
                takes += incident.delay
        latest = planned.arrivals[index] + MAX_DELAY - now
        now += max(1, round(min(max(takes, 0.7 * leg), latest)))  # 0.7: as fast as it can
        arrivals.append(now)
        stays = planned.departures[index] - planned.arrivals[index]
        leaves = now + min(stays, _LATE_DWELL)
        now = max(leaves, planned.departures[index] - early)
        departures.append(now)
    return Times(tuple(arrivals), tuple(departures))
