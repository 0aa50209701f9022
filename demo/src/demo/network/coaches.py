"""Rémi coaches: twelve real lines, and more lines to invented communes at greater scales."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from demo.network.data_files import read
from demo.network.draft import BUS, Draft, slug
from demo.network.geography import Point, moved
from demo.network.model import Operator
from demo.network.names import commune_names
from demo.network.neighbourhood import Neighbourhood

KNOWN_LINES = 12
"""Lines of `data/coaches.toml`."""
NEW_LINES = 75
"""Lines that one step of the scale adds."""
SAME_COMMUNE = 2_200.0
"""Metres within which a line goes through an existing commune instead of a new one."""
LEG = 3_600.0
"""Metres between communes."""
SPEED = 11.0
"""Metres a second, stops included: 40 km/h."""
PROFILES = ("scolaire", "petite", "moyenne", "scolaire", "grande", "petite", "moyenne", "scolaire")
COLORS = ("1B5E20", "0D47A1", "B71C1C", "4A148C", "004D40", "BF360C", "3E2723", "1A237E", "880E4F")
"""Profiles and colours of added lines, one after the other."""
Town = tuple[str, Point]
"""The name of a commune and its place."""


class Coaches:
    """The coach network while it is built."""

    def __init__(self, seed: int) -> None:
        self.draft = Draft("remi", seed)
        self._spots: dict[str, list[str]] = {}
        self._near = Neighbourhood(SAME_COMMUNE)
        self._at: dict[str, Point] = {}
        self._names = commune_names(self.draft.rng)

    def add(self, row: Mapping[str, Any], towns: list[Town]) -> None:
        """Add a line through the towns, in both directions. `row`: as in `data/coaches.toml`; its
        profile gives the departures of each service."""
        first, last = towns[0][0], towns[-1][0]
        line = self.draft.line(
            f"remi-{row['id']}", row["id"], f"{first} – {last}", BUS, row["color"], live=False
        )
        stops = [stop for name, at in towns for stop in self._stops_of(name, at)]
        profiles = read("coaches")["profiles"]
        shift = self.draft.rng.randrange(0, 20, 5) * 60
        for direction in (0, 1):
            served = [
                self._quay(stop, direction) for stop in (stops if not direction else stops[::-1])
            ]
            pattern = self.draft.pattern(line, direction, served, row["minutes"] * 60)
            later = shift + direction * 600
            self.draft.schedule(pattern, profiles[row["profile"]], later)
            if row.get("sunday"):
                self.draft.schedule(pattern, profiles["dimanche"], later)

    def grow(self, count: int) -> None:
        """Add `count` lines, each from a terminus of a real line through invented communes."""
        hubs = [
            town for row in read("coaches")["lines"] for town in (row["towns"][0], row["towns"][-1])
        ]
        for number in range(count):
            name, lat, lon = hubs[number % len(hubs)]
            far, towns = 0.0, [(name, (lat, lon))]
            bearing = self.draft.rng.random() * math.tau
            for town in self._outwards((lat, lon), bearing):
                if town[0] not in {known for known, _ in towns}:
                    towns.append(town)
                    far += LEG
            row = {
                "id": str(100 + number),
                "color": COLORS[number % len(COLORS)],
                "minutes": round(far / SPEED / 60) + 2 * len(towns),
                "profile": PROFILES[number % len(PROFILES)],
            }
            self.add(row, towns)

    def _outwards(self, start: Point, bearing: float) -> Iterator[Town]:
        """The communes of a winding line that leaves a town in that direction (radians from
        east)."""
        at = moved(start, east=4_000 * math.cos(bearing), north=4_000 * math.sin(bearing))
        for _ in range(self.draft.rng.randrange(7, 13)):
            name = self._near.near(at) or next(self._names)
            if name not in self._at:
                self._remember(name, at)
            yield name, self._at[name]
            bearing += self.draft.rng.uniform(-0.45, 0.45)
            leg = LEG * self.draft.rng.uniform(0.8, 1.3)
            at = moved(at, east=leg * math.cos(bearing), north=leg * math.sin(bearing))

    def _remember(self, name: str, at: Point) -> None:
        """Remember the place of a commune."""
        self._at[name] = at
        self._near.add(name, at)

    def _stops_of(self, name: str, at: Point) -> Iterable[str]:
        """The ids of the stops of a commune, made at its first use, in the order of direction 0."""
        if name not in self._spots:
            if name not in self._at:
                self._remember(name, at)
            self._spots[name] = [*self._new_stops(name, at)]
        return self._spots[name]

    def _new_stops(self, name: str, at: Point) -> Iterator[str]:
        hubs = {row["towns"][0][0] for row in read("coaches")["lines"]}
        rng = self.draft.rng
        if name in hubs:
            id_ = slug(f"{name} gare routière")
            self.draft.station(
                id_,
                f"{name} – Gare routière",
                at,
                (),
                code=slug(name)[:6].upper(),
                wheelchair=1,
            )
            yield id_
            return
        few = (1, 2, 2, 3, 3) if len(self.draft.lines) <= KNOWN_LINES else (3, 4, 5, 6, 7)
        for spot in rng.sample(read("names")["communes"]["spots"], rng.choice(few)):
            id_ = slug(f"{name} {spot}")
            place = moved(at, east=rng.uniform(-450, 450), north=rng.uniform(-450, 450))
            wheelchair = rng.choices((0, 1, 2), (60, 20, 20))[0]
            self.draft.stop(id_, f"{name} – {spot}", place, "", wheelchair)
            yield id_

    def _quay(self, stop: str, direction: int) -> str:
        """The boarding place of a stop: itself, or in a coach station the quay of the latest line
        and that direction."""
        if self.draft.stops[stop].location_type == 0:
            return stop
        return self.draft.quay(stop, "ABCD"[(2 * len(self.draft.lines) + direction) % 4])


def build(declared: Mapping[str, Any], scale: int, seed: int) -> Operator:
    """The operator of the coaches. `declared`: its row of `operators.toml`. `scale`: 1 to 16."""
    coaches = Coaches(seed)
    for row in read("coaches")["lines"]:
        coaches.add(row, [(name, (lat, lon)) for name, lat, lon in row["towns"]])
    coaches.grow(NEW_LINES * (scale - 1))
    return coaches.draft.operator(declared)
