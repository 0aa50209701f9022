"""The town's timetable written as GTFS, the way an operator publishes it.

https://gtfs.org/documentation/schedule/reference/
"""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from demo.town import LINES, PLACES, SERVICES, TIMEZONE, Place, Run, list_runs

Row = dict[str, str | int | float]

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def gtfs_zip(today: date) -> bytes:
    """The town's GTFS, valid from a month before `today` for a year, as the bytes of a zip.

    The same day gives the same bytes: an unchanged schedule keeps its checksum.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in _tables(today).items():
            info = zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0))
            archive.writestr(info, _csv(rows), compress_type=zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _csv(rows: Sequence[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _tables(today: date) -> dict[str, list[Row]]:
    runs = list(list_runs())
    return {
        "agency.txt": [
            {
                "agency_id": "TBL",
                "agency_name": "Transports de Bourg-Loire",
                "agency_url": "https://bourg-loire.example/",
                "agency_timezone": TIMEZONE,
                "agency_lang": "fr",
            }
        ],
        "stops.txt": list(_stop_rows()),
        "routes.txt": [
            {
                "route_id": line.id,
                "agency_id": "TBL",
                "route_short_name": line.short_name,
                "route_long_name": line.long_name,
                "route_type": line.route_type,
                "route_color": line.color,
                "route_text_color": "FFFFFF",
            }
            for line in LINES
        ],
        "calendar.txt": list(_calendar_rows(today)),
        "trips.txt": [_trip_row(run) for run in runs],
        "stop_times.txt": [row for run in runs for row in _stop_time_rows(run)],
        "frequencies.txt": list(_frequency_rows(runs)),
        "feed_info.txt": [
            {
                "feed_publisher_name": "Transports de Bourg-Loire (démonstration)",
                "feed_publisher_url": "https://bourg-loire.example/",
                "feed_lang": "fr",
                "feed_version": today.isoformat(),
            }
        ],
    }


def _stop_rows() -> Iterator[Row]:
    stations = {place for line in LINES if line.platforms for place in line.places}
    bus_stops = {place for line in LINES if not line.platforms for place in line.places}
    for place in PLACES.values():
        station = place.id in stations
        if station:
            yield _stop_row(place, f"S-{place.id}", 0.0, location_type=1)
            for direction in (1, 2):
                offset = 0.0001 * direction
                platform = _stop_row(place, f"{place.id}-{direction}", offset)
                yield platform | {
                    "parent_station": f"S-{place.id}",
                    "platform_code": "AB"[direction - 1],
                }
        if place.id in bus_stops:
            row = _stop_row(place, place.id, -0.0001)
            yield row | (
                {"parent_station": f"S-{place.id}", "platform_code": "Bus"} if station else {}
            )


def _stop_row(place: Place, id_: str, offset: float, location_type: int = 0) -> Row:
    return {
        "stop_id": id_,
        "stop_name": place.name,
        "stop_lat": round(place.lat + offset, 6),
        "stop_lon": round(place.lon + offset, 6),
        "location_type": location_type,
        "parent_station": "",
        "platform_code": "",
        "wheelchair_boarding": place.accessible,
    }


def _calendar_rows(today: date) -> Iterator[Row]:
    first, last = today - timedelta(days=30), today + timedelta(days=335)
    for service, days in SERVICES.items():
        running: Row = {name: int(index in days) for index, name in enumerate(_DAYS)}
        yield (
            {"service_id": service}
            | running
            | {
                "start_date": f"{first:%Y%m%d}",
                "end_date": f"{last:%Y%m%d}",
            }
        )


def _trip_row(run: Run) -> Row:
    last = run.line.places[-1 if run.direction == 0 else 0]
    return {
        "route_id": run.line.id,
        "service_id": run.service,
        "trip_id": run.trip_id,
        "trip_headsign": PLACES[last].name,
        "direction_id": run.direction,
        "wheelchair_accessible": 1 if run.line.platforms else 0,
    }


def _stop_time_rows(run: Run) -> Iterator[Row]:
    for sequence, (stop, seconds) in enumerate(run.calls, start=1):
        clock = f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
        yield {
            "trip_id": run.trip_id,
            "arrival_time": clock,
            "departure_time": clock,
            "stop_id": stop,
            "stop_sequence": sequence,
        }


def _frequency_rows(runs: Sequence[Run]) -> Iterator[Row]:
    for run in runs:
        if run.line.by_frequency:
            first, last, headway = run.line.headways[run.service]
            yield {
                "trip_id": run.trip_id,
                "start_time": f"{first // 3600:02d}:00:00",
                "end_time": f"{last // 3600:02d}:00:00",
                "headway_secs": headway,
                "exact_times": 0,
            }
