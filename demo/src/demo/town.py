"""Bourg-Loire, the demo's small town: its places, lines and timetable, all invented.

Four lines: a tram (stations with two platforms), a bus, a night bus past 24:00, and a shuttle by
frequency. No real traveller information: stops and times exist nowhere but here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

TIMEZONE = "Europe/Paris"


@dataclass(frozen=True, slots=True)
class Place:
    """A named place; `accessible` is GTFS wheelchair_boarding (0 unknown, 1 yes, 2 no)."""

    id: str
    name: str
    lat: float
    lon: float
    accessible: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line: the places it serves, running seconds between them, and its headway by service."""

    id: str
    short_name: str
    long_name: str
    route_type: int
    color: str
    places: tuple[str, ...]
    leg_seconds: int
    headways: dict[str, tuple[int, int, int]]  # service → first, last departure, headway (seconds)
    platforms: bool = False
    by_frequency: bool = False
    live: bool = True


PLACES = {
    place.id: place
    for place in (
        Place("gare", "Gare de Bourg-Loire", 47.6021, 1.3301, 1),
        Place("halles", "Les Halles", 47.5998, 1.3322, 1),
        Place("mairie", "Hôtel de Ville", 47.5977, 1.3340, 1),
        Place("pont", "Pont Saint-Aubin", 47.5946, 1.3365, 1),
        Place("ile", "Île aux Bœufs", 47.5919, 1.3388, 0),
        Place("univ", "Université", 47.5882, 1.3421, 1),
        Place("hopital", "Hôpital Émilie-du-Châtelet", 47.5843, 1.3458, 1),
        Place("parc", "Parc relais Sud", 47.5802, 1.3491, 1),
        Place("vignes", "Les Vignes", 47.6054, 1.3190, 2),
        Place("ecole", "École Jules-Ferry", 47.6038, 1.3247, 0),
        Place("theatre", "Théâtre", 47.5985, 1.3385, 1),
        Place("marche", "Place du Marché", 47.5990, 1.3444, 0),
        Place("stade", "Stade de la Loire", 47.6003, 1.3512, 2),
        Place("zone", "Zone d'activités Est", 47.6019, 1.3590, 2),
    )
}

_H = 3600
LINES = (
    Line(
        "T1",
        "T1",
        "Gare – Parc relais Sud",
        0,
        "00695C",
        ("gare", "halles", "mairie", "pont", "ile", "univ", "hopital", "parc"),
        150,
        {
            "semaine": (5 * _H, 24 * _H + 1800, 480),
            "samedi": (5 * _H, 24 * _H + 1800, 600),
            "dimanche": (6 * _H, 24 * _H, 1200),
        },
        platforms=True,
    ),
    Line(
        "2",
        "2",
        "Les Vignes – Zone d'activités Est",
        3,
        "C62828",
        ("vignes", "ecole", "gare", "halles", "theatre", "marche", "stade", "zone"),
        180,
        {
            "semaine": (5 * _H + 1800, 23 * _H, 900),
            "samedi": (6 * _H, 23 * _H, 1200),
            "dimanche": (7 * _H, 22 * _H, 1800),
        },
    ),
    Line(
        "N",
        "N",
        "Bus de nuit Gare – Université",
        3,
        "283593",
        ("gare", "halles", "theatre", "mairie", "pont", "univ"),
        210,
        dict.fromkeys(("semaine", "samedi", "dimanche"), (23 * _H, 29 * _H + 1800, 1200)),
    ),
    Line(
        "C",
        "C",
        "Navette du centre",
        3,
        "6A1B9A",
        ("gare", "theatre", "mairie", "halles", "gare"),
        120,
        {"semaine": (7 * _H, 20 * _H, 720), "samedi": (9 * _H, 20 * _H, 900)},
        by_frequency=True,
        live=False,
    ),
)

SERVICES = {"semaine": range(5), "samedi": (5,), "dimanche": (6,)}


@dataclass(frozen=True, slots=True)
class Run:
    """One trip of the timetable: its stops in order, with seconds since the service day began."""

    trip_id: str
    line: Line
    service: str
    direction: int
    calls: tuple[tuple[str, int], ...]


def service_on(day: date) -> str:
    """The service that runs on a day."""
    return next(name for name, days in SERVICES.items() if day.weekday() in days)


def list_runs() -> Iterator[Run]:
    """Every trip of the timetable, all services; a line by frequency gives one model trip."""
    for line in LINES:
        for service, (first, last, headway) in line.headways.items():
            starts = range(first, last, headway) if not line.by_frequency else (first,)
            for direction in (0,) if line.by_frequency else (0, 1):
                for start in starts:
                    yield _run(line, service, direction, start)


def _run(line: Line, service: str, direction: int, start: int) -> Run:
    places = line.places if direction == 0 else tuple(reversed(line.places))
    calls = tuple(
        (stop_id(line, place, direction), start + index * line.leg_seconds)
        for index, place in enumerate(places)
    )
    trip_id = f"{line.id}-{'AR'[direction]}-{service}-{start // 3600:02d}{start % 3600 // 60:02d}"
    return Run(trip_id, line, service, direction, calls)


def stop_id(line: Line, place: str, direction: int) -> str:
    """The boarding place: a tram stops at a platform of its station, a bus at the stop itself."""
    return f"{place}-{direction + 1}" if line.platforms else place
