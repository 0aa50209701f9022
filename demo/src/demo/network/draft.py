"""An operator while it is built: stops, lines, patterns and runs are added one by one."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from demo.network.blocks import with_blocks
from demo.network.data_files import read_services
from demo.network.geography import Point, moved, winding
from demo.network.hours import bands, departures, running_times
from demo.network.model import Agency, Headway, Line, Operator, Pattern, Run, Stop, Transfer

TRAM, RAIL, BUS = 0, 2, 3
"""GTFS route types."""
COACHES = frozenset({"sncf", "remi"})
"""Operators that run coaches."""


class Draft:
    """The parts of one operator added so far. `rng` is seeded for this operator alone, so that
    changes of one do not change another."""

    def __init__(self, operator_id: str, seed: int) -> None:
        self.id = operator_id
        self.rng = Random(f"{seed}:{operator_id}")  # noqa: S311 – a simulation, not a secret
        self.stops: dict[str, Stop] = {}
        self.lines: dict[str, Line] = {}
        self.patterns: list[Pattern] = []
        self.runs: list[Run] = []
        self.transfers: list[Transfer] = []

    def station(
        self, id_: str, name: str, at: Point, quays: Iterable[str], *, code: str, wheelchair: int
    ) -> None:
        """Add a station and its boarding places, with ids `<id>-<quay>`, in a row next to it."""
        self.stops[id_] = Stop(id_, name, *at, code, location_type=1, wheelchair=wheelchair)
        for quay in quays:
            self.quay(id_, quay)

    def quay(self, station: str, quay: str) -> str:
        """The id of a boarding place of a station, which is added if it is new."""
        id_ = f"{station}-{quay}"
        if id_ not in self.stops:
            parent = self.stops[station]
            count = sum(stop.parent == station for stop in self.stops.values())
            lat, lon = moved((parent.lat, parent.lon), north=8.0 * (count + 1), east=6.0)
            self.stops[id_] = Stop(
                id_,
                parent.name,
                lat,
                lon,
                parent.code,
                parent=station,
                platform_code=quay,
                wheelchair=parent.wheelchair,
            )
        return id_

    def stop(self, id_: str, name: str, at: Point, code: str = "", wheelchair: int = 0) -> None:
        """Add a boarding place without a station."""
        self.stops[id_] = Stop(id_, name, *at, code, wheelchair=wheelchair)

    def line(
        self, id_: str, short_name: str, long_name: str, type_: int, color: str, **more: Any
    ) -> Line:
        """Add a line, with a legible text colour. `type_`: GTFS route type. `more`: further fields
        of `Line`."""
        line = Line(id_, short_name, long_name, type_, color, text_color_on(color), **more)
        self.lines[id_] = line
        return line

    def pattern(
        self,
        line: Line,
        direction: int,
        stops: Sequence[str],
        seconds: int,
        *,
        dwell: int = 0,
        step: int = 60,
        variant: str = "",
        bend: float = 0.08,
    ) -> Pattern:
        """Add a pattern of a line.

        `stops`: ids in order. `seconds`: from the first to the last. `dwell`: seconds at each stop.
        `step`: times are multiples of so many seconds. `variant`: distinguishes several patterns of
        a direction in their ids. `bend`: how much the shape winds, as for `winding`.
        """
        points = [(self.stops[stop].lat, self.stops[stop].lon) for stop in stops]
        arrivals, leaves = running_times(points, seconds, dwell=dwell, step=step)
        pattern = Pattern(
            f"{line.id}-{'AR'[direction]}{variant}",
            line,
            direction,
            self.stops[stops[-1]].name,
            tuple(stops),
            arrivals,
            leaves,
            winding(points, self.rng, bend),
        )
        self.patterns.append(pattern)
        return pattern

    def schedule(self, pattern: Pattern, times: Mapping[str, str], later: int = 0) -> None:
        """Add runs of a pattern. `times`: by service, departures as for `hours.departures`.
        `later`: seconds added to each."""
        for service, text in times.items():
            for start in departures(text):
                self.runs.append(self._run(pattern, service, start + later))

    def repeat(self, pattern: Pattern, headways: Mapping[str, str]) -> None:
        """Add runs with headways (`frequencies.txt`, exact_times 0). `headways`: by service, bands
        as for `hours.bands`."""
        for service, text in headways.items():
            for first, until, seconds in bands(text):
                run = self._run(pattern, service, first)
                self.runs.append(replace(run, headway=Headway(until, seconds, exact=False)))

    def _run(self, pattern: Pattern, service: str, start: int) -> Run:
        clock = f"{start // 3600:02d}{start % 3600 // 60:02d}"
        wheelchair, bikes = equipment(pattern.line, start, self.rng, coach=self.id in COACHES)
        return Run(
            f"{pattern.id}-{service}-{clock}", pattern, service, start, "", wheelchair, bikes
        )

    def operator(self, declared: Mapping[str, Any]) -> Operator:
        """The complete operator. `declared`: its row of `operators.toml`."""
        used = {run.service for run in self.runs}
        off = frozenset((month, day) for month, day in declared.get("rests", ()))
        return Operator(
            self.id,
            declared["name"],
            Agency(
                declared["id"].upper(),
                declared["agency"],
                f"https://{self.id}.example.org/",
                declared["phone"],
            ),
            declared["licence"],
            ATTRIBUTION,
            tuple(self.stops.values()),
            tuple(self.lines.values()),
            tuple(self.patterns),
            tuple(replace(each, off=off) for id_, each in read_services().items() if id_ in used),
            tuple(with_blocks(self.runs, {id_: stop.name for id_, stop in self.stops.items()})),
            tuple(self.transfers),
        )


ATTRIBUTION = "Région Lab, données de démonstration inventées"


def equipment(line: Line, start: int, rng: Random, *, coach: bool) -> tuple[int, int]:
    """The equipment of a run's vehicle, as GTFS values: wheelchair_accessible, bikes_allowed.
    `start`: departure in seconds of the day."""
    peak = 7 * 3600 <= start < 9 * 3600 or 16 * 3600 + 1800 <= start < 19 * 3600
    if line.route_type == RAIL:
        return rng.choices((1, 0, 2), (90, 7, 3))[
            0
        ], 2 if peak and "Express" in line.long_name else 1
    if line.route_type == TRAM:
        return 1, 2 if peak else 1
    if coach:
        return rng.choices((1, 0, 2), (40, 40, 20))[0], rng.choices((1, 0), (60, 40))[0]
    return rng.choices((1, 0, 2), (88, 9, 3))[0], rng.choices((2, 0), (80, 20))[0]


def text_color_on(color: str) -> str:
    """White if its contrast on that colour is at least 4.5 to 1 (WCAG AA); otherwise black, whose
    contrast then is."""
    white = 1.05 / (luminance(color) + 0.05)
    return "FFFFFF" if white >= 4.5 else "000000"


def luminance(color: str) -> float:
    """Relative luminance of a colour. https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    channels = (int(color[i : i + 2], 16) / 255 for i in (0, 2, 4))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def slug(text: str) -> str:
    """A name as an id: lower-case letters without accents, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe")).encode("ascii", "ignore")
    words = "".join(c if c.isalnum() else " " for c in plain.decode()).split()
    return "-".join(words)
