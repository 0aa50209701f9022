"""Small cities written as GTFS text, brought in by the true import path."""

import tempfile
import zipfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from textwrap import dedent
from typing import Any

from mobilite.gtfs.domain.ids import FeedId
from mobilite.packing.adapters.feed_archive import ArchiveLimits
from mobilite.packing.adapters.feed_packer import read_timetable
from mobilite.packing.domain.pack import Report, ReportLine
from mobilite.timetable.domain.timetable import Timetable

AGENCY = """\
agency_id,agency_name,agency_url,agency_timezone
a,Réseau,https://reseau.example,Europe/Paris
"""
ROUTES = """\
route_id,agency_id,route_short_name,route_type
r,a,1,3
"""
DAILY = """\
service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
daily,1,1,1,1,1,1,1,20260101,20261231
"""
LINE = {
    "agency.txt": AGENCY,
    "stops.txt": """\
stop_id,stop_name,stop_lat,stop_lon
s1,Gare,47.900,1.900
s2,Mairie,47.910,1.900
s3,Parc,47.920,1.900
s4,Lac,47.930,1.900
""",
    "routes.txt": ROUTES,
    "calendar.txt": DAILY,
    "trips.txt": """\
route_id,service_id,trip_id,trip_headsign
r,daily,t,Lac
""",
    "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence
t,08:00:00,08:00:00,s1,1
t,08:10:00,08:11:00,s2,2
t,08:20:00,08:20:00,s3,3
t,08:30:00,08:30:00,s4,4
""",
}
"""One bus a day along four stops: copy it and change a file."""
STATION_STOPS = """\
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
gare,Gare,47.9,1.9,1,
s1,Gare,47.9,1.9,0,gare
s1b,Gare,47.9,1.9,0,gare
s2,Mairie,47.91,1.9,0,
s3,Parc,47.92,1.9,0,
s4,Lac,47.93,1.9,0,
"""
"""The stops of that line, the first of which is a platform of a station; `s1b` is the other."""


def timetable_from_text(files: Mapping[str, str], feed_id: str = "f") -> Timetable:
    """The timetable of a feed whose files are given as text, as `import` would pack it."""
    return imported(files, feed_id)[0]


def imported(
    files: Mapping[str, str], feed_id: str = "f"
) -> tuple[Timetable, dict[tuple[str, str], ReportLine]]:
    """The timetable, and the report by (file, code)."""
    timetable, lines = _imported(tuple(files.items()), feed_id)
    return timetable, {(line.file, line.code): line for line in lines}


@lru_cache(maxsize=64)
def _imported(
    files: tuple[tuple[str, str], ...], feed_id: str
) -> tuple[Timetable, tuple[ReportLine, ...]]:
    """Cached: a timetable is read-only, and most tests begin with one of a few cities."""
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        archive = write_zip(Path(folder) / "gtfs.zip", dict(files))
        timetable = read_timetable(archive, FeedId(feed_id), report, ArchiveLimits())
    return timetable, (*report.lines(),)


def notes_of(timetable: Timetable) -> dict[str, list[dict[str, Any]]]:
    """Every row that is stored as published, by table."""
    return {name: [*timetable.notes.rows(name)] for name in timetable.notes.names}


def write_zip(path: Path, files: Mapping[str, str | bytes]) -> Path:
    """Zip the files; their texts may be indented as the test is."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, dedent(text) if isinstance(text, str) else text)
    return path
