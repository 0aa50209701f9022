"""Town buses around a real station: invented lines, stops and names, plausible in shape.

A line comes from one side of the town, passes the hub and leaves on the other. Lines that run close
to each other share stops.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from demo.network.data_files import read
from demo.network.draft import BUS, Draft, slug
from demo.network.geography import Point, distance, moved
from demo.network.model import MAX_SCALE, Line, Transfer
from demo.network.names import stop_names
from demo.network.neighbourhood import Neighbourhood
from demo.network.trams import station

SPACING = 430.0
"""Metres between stops."""
SHARING_DISTANCE = 170.0
"""Metres within which a stop serves a line that passes by."""
SPEED = 5.0
"""Metres a second, stops included: 18 km/h."""
QUAYS = "CDEFGH"
"""Letters of the hub's boarding places."""
HUB_TRANSFER = 180
"""Seconds between two boarding places of the hub."""
_GOLDEN_ANGLE: Final = 2.399963
"""Radians between the directions of two consecutive lines, so that no two leave close together."""
_ZONE_BEARINGS: Final = {"Est": 0.0, "Nord": 1.57, "Ouest": 3.14, "Sud": 4.71}
"""Radians from east, counter-clockwise."""


@dataclass(frozen=True, slots=True)
class OnDemandDeclaration:
    """The lines on demand of a town."""

    id: str
    """The first part of the ids of the lines."""
    name: str
    """The first part of their short names."""
    zones: tuple[str, ...]
    """Keys of `_ZONE_BEARINGS`; one line for each."""
    hours: str
    """Departures, as for `hours.departures`."""
    minimum: int
    """Minutes before departure until which a booking is possible."""


@dataclass(frozen=True, slots=True)
class TownDeclaration:
    """A row of `data/towns.toml`."""

    operator: str
    """The id of the operator."""
    name: str
    hub: str
    """The name of the station at the centre."""
    at: Point
    """The centre."""
    radius: float
    """Metres from the centre to the end of the longest line."""
    lines: int
    """Number of lines at scale 1."""
    most: int
    """Number of lines at `MAX_SCALE`."""
    strong: int
    """How many of the first lines have the profile "strong": every ten minutes."""
    paired: bool
    """Whether a place has one stop on each side of the street."""
    colors: tuple[str, ...]
    """Colours of the lines, one after the other."""
    first: str | None = None
    """The short name of the first line, if it has its own; the others are numbered."""
    shuttle: str | None = None
    """The name of the shuttle line, if there is one."""
    on_demand: OnDemandDeclaration | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "TownDeclaration":
        """The declaration in a row. Raises TypeError for a row with other keys."""
        on_demand = row.get("on_demand")
        if on_demand is not None:
            on_demand = OnDemandDeclaration(**{**on_demand, "zones": tuple(on_demand["zones"])})
        at = (row["at"][0], row["at"][1])
        return cls(**{**row, "at": at, "colors": tuple(row["colors"]), "on_demand": on_demand})


class Town:
    """One town while its lines are built."""

    def __init__(self, draft: Draft, declared: TownDeclaration) -> None:
        self.draft = draft
        self.declared = declared
        self.centre = declared.at
        self.hub = station(draft, declared.hub, self.centre)
        self._near = Neighbourhood(SHARING_DISTANCE)
        self._places: dict[str, Point] = {}
        self._names = stop_names(draft.rng)
        self._taken = {stop.name for stop in draft.stops.values()}

    def add_lines(self, scale: int) -> None:
        """Add the lines of the town: the most frequent first, then shuttle and on-demand lines.
        `scale`: 1 to `MAX_SCALE`."""
        declared, profiles = self.declared, read("towns")["profiles"]
        growth = (scale - 1) / (MAX_SCALE - 1)
        count = declared.lines + round((declared.most - declared.lines) * growth)
        angle = self.draft.rng.random() * math.tau
        for number in range(count):
            bearing = angle + number * _GOLDEN_ANGLE
            profile = "strong" if number < declared.strong else self._profile(number)
            self._line(number, bearing, profiles[profile])
        if declared.shuttle is not None:
            self._shuttle(declared.shuttle, profiles["shuttle"])
        if declared.on_demand is not None:
            self._on_demand(declared.on_demand)

    def _profile(self, number: int) -> str:
        """Regular, except the last two lines of scale 1 and every fourth line that a greater scale
        adds: light."""
        first = self.declared.lines
        return "regular" if number < first - 2 or (number >= first and number % 4 != 0) else "light"

    def _line(self, number: int, bearing: float, times: Mapping[str, str]) -> None:
        """Add the line of that number, which begins in that direction (radians from east).
        `times`: by service, departures as for `hours.departures`."""
        declared = self.declared
        own_name = declared.first if number == 0 else None
        short = own_name or str(number + 1 - (declared.first is not None))
        color = declared.colors[number % len(declared.colors)]
        before = [*self._radius(bearing)][::-1]
        after = [*self._radius(bearing + math.pi + self.draft.rng.uniform(-0.5, 0.5))]
        ends = f"{self._label(before[0])} – {self._label(after[-1])}"
        line = self.draft.line(slug(short), short, ends, BUS, color)
        for direction in (0, 1):
            halves = (before, after) if direction == 0 else (after[::-1], before[::-1])
            quay = self.draft.quay(self.hub, QUAYS[(2 * number + direction) % len(QUAYS)])
            stops = [self._stop(p, direction) for p in halves[0]]
            stops += [quay, *(self._stop(p, direction) for p in halves[1])]
            self._pattern(line, direction, stops, times, offset_seconds=direction * 420)

    def _pattern(
        self,
        line: Line,
        direction: int,
        stops: list[str],
        departures_by_service: Mapping[str, str],
        *,
        offset_seconds: int,
    ) -> None:
        """Add a pattern and its runs, `offset_seconds` after the departures."""
        metres = sum(distance(self._at(one), self._at(other)) for one, other in pairwise(stops))
        seconds = max(round(metres / SPEED), 60 * (len(stops) - 1))
        pattern = self.draft.pattern(line, direction, stops, seconds, step=30)
        self.draft.schedule(pattern, departures_by_service, offset_seconds)

    def _at(self, stop: str) -> Point:
        return self.draft.stops[stop].lat, self.draft.stops[stop].lon

    def _radius(self, bearing: float) -> Iterator[str]:
        """The ids of the places of half a line, from near the hub outwards, each once. The line
        winds around that direction."""
        rng, seen = self.draft.rng, set[str]()
        reach = self.declared.radius * rng.uniform(0.6, 1.0)
        bend, phase = rng.uniform(-0.5, 0.5), rng.random() * math.tau
        far = SPACING
        while far <= reach:
            angle = bearing + bend * far / reach + 0.12 * math.sin(phase + far / 900)
            offset = rng.uniform(-60, 60)
            place = self._place(
                moved(self.centre, east=far * math.cos(angle) + offset, north=far * math.sin(angle))
            )
            if place not in seen:
                seen.add(place)
                yield place
            far += SPACING * rng.uniform(0.85, 1.2)

    def _place(self, at: Point) -> str:
        """The id of the place at that point: an existing one within SHARING_DISTANCE, else a new
        one, which is added with its stops."""
        found = self._near.near(at)
        if found:
            return found
        name = next(name for name in self._names if name not in self._taken)
        self._taken.add(name)
        id_ = slug(name)
        self._near.add(id_, at)
        self._places[id_] = at
        code = f"{len(self._places):04d}"
        wheelchair = self.draft.rng.choices((1, 0, 2), (55, 35, 10))[0]
        if self.declared.paired:
            for side, east in (("1", -9.0), ("2", 9.0)):
                self.draft.stop(f"{id_}-{side}", name, moved(at, east=east), code, wheelchair)
        else:
            self.draft.stop(id_, name, at, code, wheelchair)
        return id_

    def _stop(self, place: str, direction: int) -> str:
        """The id of the stop of a place in that direction."""
        return f"{place}-{direction + 1}" if self.declared.paired else place

    def _label(self, place: str) -> str:
        return self.draft.stops[self._stop(place, 0)].name

    def _shuttle(self, name: str, headways: Mapping[str, str]) -> None:
        """Add a loop through the centre, with headways instead of departures."""
        line = self.draft.line("navette", "N", name, BUS, "37474F", live=False)
        ring = (
            self._place(moved(self.centre, east=450 * math.cos(a), north=450 * math.sin(a)))
            for a in (0.3, 1.5, 2.7, 3.9, 5.1)
        )
        quay = self.draft.quay(self.hub, "N")
        stops = [quay, *(self._stop(p, 0) for p in dict.fromkeys(ring)), quay]
        pattern = self.draft.pattern(line, 0, stops, 150 * (len(stops) - 1), step=30)
        self.draft.repeat(pattern, headways)

    def _on_demand(self, declared: OnDemandDeclaration) -> None:
        """Add the lines on demand: from the hub to three places outside the town, one line for each
        zone."""
        for zone in declared.zones:
            id_ = f"{declared.id}-{zone.upper()}"
            line = self.draft.line(
                id_,
                f"{declared.name} {zone[0]}",
                f"Secteur {zone}, sur réservation",
                BUS,
                "5E35B1",
                live=False,
                on_demand=True,
            )
            places = [
                self._place(self._outside(_ZONE_BEARINGS[zone] + offset, share))
                for offset, share in ((-0.3, 1.05), (0.0, 1.2), (0.3, 1.35))
            ]
            quay = self.draft.quay(self.hub, "TAD")
            times = {"semaine": declared.hours, "samedi": declared.hours}
            for direction in (0, 1):
                outbound = [quay, *(self._stop(place, direction) for place in places)]
                stops = outbound[::-1] if direction else outbound
                self._pattern(line, direction, stops, times, offset_seconds=direction * 1800)

    def _outside(self, angle: float, share: float) -> Point:
        """The point in that direction (radians from east), at `share` of the town's radius."""
        far = self.declared.radius * share
        return moved(self.centre, east=far * math.cos(angle), north=far * math.sin(angle))


def add_buses(draft: Draft, scale: int) -> None:
    """Add the town buses of an operator, and the transfers at their hub. `scale`: 1 to
    `MAX_SCALE`."""
    for row in read("towns")["towns"]:
        if row["operator"] == draft.id:
            town = Town(draft, TownDeclaration.of(row))
            town.add_lines(scale)
            draft.transfers.append(Transfer(town.hub, town.hub, HUB_TRANSFER))
