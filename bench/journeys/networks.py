"""Networks for benchmarks of journeys: the demo region, Porto Alegre, and a large generated one."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from bench.measuring.real_feeds import real_feeds
from demo.network.gtfs import gtfs_zip
from demo.network.region import region

SIDE: Final = 142
"""Stops along each side of the large network's square."""
SPACING: Final = 0.003
"""Degrees of latitude between two of its stops: 330 m."""
LINES: Final = 430
TRIPS_A_DIRECTION: Final = 67
"""With two directions a line, 57,620 trips."""
_HEAD: Final = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\n"
    "a,A,https://a.example,Europe/Paris\n",
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
    "start_date,end_date\nd,1,1,1,1,1,1,1,20260101,20261231\n",
}


@dataclass(frozen=True, slots=True)
class BenchNetwork:
    """GTFS files, and an instant at which they are busy."""

    name: str
    files: tuple[Path, ...]
    at: datetime


def bench_networks(folder: Path) -> Iterator[BenchNetwork]:
    """The networks, written to a folder where they are generated."""
    paris = ZoneInfo("Europe/Paris")
    day = date(2026, 11, 26)
    files = []
    for operator in region():
        path = folder / f"{operator.id}.zip"
        path.write_bytes(gtfs_zip(operator, day))
        files.append(path)
    yield BenchNetwork("demo region", tuple(files), datetime(2026, 11, 26, 8, tzinfo=paris))
    feeds = real_feeds()
    porto = tuple(
        feeds[name] for name in ("Porto Alegre bus", "Porto Alegre train") if name in feeds
    )
    if porto:
        zone = ZoneInfo("America/Sao_Paulo")
        yield BenchNetwork("Porto Alegre", porto, datetime(2019, 5, 13, 14, tzinfo=zone))
    large = large_network(folder / "large.zip")
    yield BenchNetwork("generated", (large,), datetime(2026, 11, 26, 8, tzinfo=paris))


def large_network(path: Path) -> Path:
    """Write the GTFS zip of some 20,000 stops and 57,000 trips: straight lines across a square."""
    random = Random(1)
    lines = [_line(random) for _ in range(LINES)]
    tables = {
        "stops.txt": _stops(),
        "routes.txt": ["route_id,agency_id,route_short_name,route_type"]
        + [f"r{line},a,{line},3" for line in range(LINES)],
        "trips.txt": ["route_id,service_id,trip_id"],
        "stop_times.txt": ["trip_id,arrival_time,departure_time,stop_id,stop_sequence"],
    }
    for line, stops in enumerate(lines):
        for direction, order in enumerate((stops, stops[::-1])):
            start = 5 * 3600 + random.randrange(600)
            for number in range(TRIPS_A_DIRECTION):
                trip = f"t{line}-{direction}-{number}"
                tables["trips.txt"].append(f"r{line},d,{trip}")
                tables["stop_times.txt"] += _calls(random, trip, order, start)
                start += random.choice((600, 900, 1200))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in _HEAD.items():
            archive.writestr(name, text)
        for name, rows in tables.items():
            archive.writestr(name, "\n".join(rows) + "\n")
    return path


def _stops() -> list[str]:
    rows = ["stop_id,stop_name,stop_lat,stop_lon"]
    for row in range(SIDE):
        for column in range(SIDE):
            place = f"{47 + row * SPACING:.5f},{1 + column * SPACING * 1.4:.5f}"
            rows.append(f"s{row}-{column},Arrêt {row} {column},{place}")
    return rows


def _line(random: Random) -> list[str]:
    """The stops of a straight line of 25 to 40 stops that stays in the square."""
    while True:
        row, column = random.randrange(SIDE), random.randrange(SIDE)
        down, right = random.choice(((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1)))
        length = random.randint(25, 40)
        end = row + down * length, column + right * length
        if all(0 <= each < SIDE for each in end):
            return [f"s{row + down * n}-{column + right * n}" for n in range(length)]


def _calls(random: Random, trip: str, stops: list[str], start: int) -> list[str]:
    rows, time = [], start
    for sequence, stop in enumerate(stops):
        text = f"{time // 3600:02}:{time // 60 % 60:02}:{time % 60:02}"
        rows.append(f"{trip},{text},{text},{stop},{sequence}")
        time += random.choice((60, 75, 90, 120))
    return rows
