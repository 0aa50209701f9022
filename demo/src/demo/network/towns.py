"""Town buses, drawn around a real station: invented lines, stops and names, plausible in shape.

A line comes from one side of the town, passes the hub and leaves on the other. Lines that run close
share stops, so that the centre is dense and the outskirts are not.
"""

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

from demo.network.data_files import read
from demo.network.draft import BUS, Draft, slug
from demo.network.geography import Point, distance, moved
from demo.network.model import Line, Transfer
from demo.network.names import stop_names
from demo.network.neighbourhood import Neighbourhood
from demo.network.trams import station

SPACING = 430.0
"""Metres between stops."""
SHARED = 170.0
"""Metres within which a stop serves a line that passes by."""
SPEED = 5.0
"""Metres a second, stops included: 18 km/h."""
QUAYS = "CDEFGH"
_ZONE_BEARINGS: Final = {"Est": 0.0, "Nord": 1.57, "Ouest": 3.14, "Sud": 4.71}
"""Radians from east, counter-clockwise."""


class Town:
    """One town while its lines are drawn."""

    def __init__(self, draft: Draft, declared: Mapping[str, Any]) -> None:
        self.draft = draft
        self.declared = declared
        self.centre: Point = (declared["at"][0], declared["at"][1])
        self.hub = station(draft, declared["hub"], self.centre)
        self._near = Neighbourhood(SHARED)
        self._places: dict[str, Point] = {}
        self._names = stop_names(draft.rng)
        self._taken = {stop.name for stop in draft.stops.values()}

    def add_lines(self, scale: int) -> None:
        """Its lines at that scale, from the strong to the light."""
        declared, profiles = self.declared, read("towns")["profiles"]
        count = declared["lines"] + round((declared["most"] - declared["lines"]) * (scale - 1) / 15)
        angle = self.draft.rng.random() * math.tau
        for number in range(count):
            bearing = angle + number * 2.399963  # the golden angle: no two lines leave side by side
            strength = "strong" if number < declared["strong"] else self._strength(number, count)
            self._line(number, bearing, profiles[strength])
        if "shuttle" in declared:
            self._shuttle(declared["shuttle"], profiles["shuttle"])
        if "on_demand" in declared:
            self._on_demand(declared["on_demand"])

    def _strength(self, number: int, count: int) -> str:
        """All but two of the first lines are regular, and three in four of those growing adds."""
        first: int = self.declared["lines"]
        return "regular" if number < first - 2 or (number >= first and number % 4 != 0) else "light"

    def _line(self, number: int, bearing: float, times: Mapping[str, str]) -> None:
        declared = self.declared
        named = declared.get("first") if number == 0 else None
        short = named or str(number + 1 - ("first" in declared))
        color = declared["colors"][number % len(declared["colors"])]
        before = [*self._radius(bearing)][::-1]
        after = [*self._radius(bearing + math.pi + self.draft.rng.uniform(-0.5, 0.5))]
        ends = f"{self._label(before[0])} – {self._label(after[-1])}"
        line = self.draft.line(slug(short), short, ends, BUS, color)
        for direction in (0, 1):
            ways = (before, after) if direction == 0 else (after[::-1], before[::-1])
            quay = self.draft.quay(self.hub, QUAYS[(2 * number + direction) % len(QUAYS)])
            stops = [self._stop(p, direction) for p in ways[0]]
            stops += [quay, *(self._stop(p, direction) for p in ways[1])]
            self._pattern(line, direction, stops, times, later=direction * 420)

    def _pattern(
        self, line: Line, direction: int, stops: list[str], times: Mapping[str, str], later: int
    ) -> None:
        metres = sum(distance(self._at(one), self._at(other)) for one, other in pairwise(stops))
        seconds = max(round(metres / SPEED), 60 * (len(stops) - 1))
        pattern = self.draft.pattern(line, direction, stops, seconds, step=30)
        self.draft.schedule(pattern, times, later)

    def _at(self, stop: str) -> Point:
        return self.draft.stops[stop].lat, self.draft.stops[stop].lon

    def _radius(self, bearing: float) -> Iterator[str]:
        """The places from near the hub outwards, winding; each at most once."""
        rng, seen = self.draft.rng, set[str]()
        reach = self.declared["radius"] * rng.uniform(0.6, 1.0)
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
        if self.declared["paired"]:
            for side, east in (("1", -9.0), ("2", 9.0)):
                self.draft.stop(f"{id_}-{side}", name, moved(at, east=east), code, wheelchair)
        else:
            self.draft.stop(id_, name, at, code, wheelchair)
        return id_

    def _stop(self, place: str, direction: int) -> str:
        return f"{place}-{direction + 1}" if self.declared["paired"] else place

    def _label(self, place: str) -> str:
        return self.draft.stops[self._stop(place, 0)].name

    def _shuttle(self, name: str, headways: Mapping[str, str]) -> None:
        """A loop through the centre with headways instead of times."""
        line = self.draft.line("navette", "N", name, BUS, "37474F", live=False)
        ring = (
            self._place(moved(self.centre, east=450 * math.cos(a), north=450 * math.sin(a)))
            for a in (0.3, 1.5, 2.7, 3.9, 5.1)
        )
        quay = self.draft.quay(self.hub, "N")
        stops = [quay, *(self._stop(p, 0) for p in dict.fromkeys(ring)), quay]
        pattern = self.draft.pattern(line, 0, stops, 150 * (len(stops) - 1), step=30)
        self.draft.repeat(pattern, headways)

    def _on_demand(self, declared: Mapping[str, Any]) -> None:
        """Booked runs: from the hub to the hamlets around."""
        for zone in declared["zones"]:
            id_ = f"{declared['id']}-{zone.upper()}"
            line = self.draft.line(
                id_,
                f"{declared['name']} {zone[0]}",
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
            times = {"semaine": declared["hours"], "samedi": declared["hours"]}
            for direction in (0, 1):
                out = [quay, *(self._stop(place, direction) for place in places)]
                stops = out[::-1] if direction else out
                self._pattern(line, direction, stops, times, later=direction * 1800)

    def _outside(self, angle: float, share: float) -> Point:
        far = self.declared["radius"] * share
        return moved(self.centre, east=far * math.cos(angle), north=far * math.sin(angle))


def add_buses(draft: Draft, scale: int) -> None:
    """The town buses of an operator, and the walk between them and the trams at the hub."""
    for declared in read("towns")["towns"]:
        if declared["operator"] == draft.id:
            town = Town(draft, declared)
            town.add_lines(scale)
            draft.transfers.append(Transfer(town.hub, town.hub, 180))
