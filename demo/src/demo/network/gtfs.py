"""An operator's timetable as GTFS.

https://gtfs.org/documentation/schedule/reference/
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import chain

from demo.network.calendar import runs_on
from demo.network.data_files import read
from demo.network.model import TIMEZONE, Line, Operator, Run, Service
from demo.network.on_demand import STOP_TIME_COLUMNS, Vans
from demo.network.pathways import COLUMNS, LEVEL_COLUMNS, StationPathways

Table = tuple[Sequence[str], Iterable[Sequence[object]]]

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WRITTEN = (2026, 1, 1, 0, 0, 0)
"""The modification time of every file in the zip: the same timetable has the same bytes."""


def validity(today: date) -> tuple[date, date]:
    """The first and the last day of a timetable published today: from the previous month for over a
    year. They change once a month."""
    this_month = today.replace(day=1)
    first = (this_month - timedelta(days=1)).replace(day=1)
    return first, this_month + timedelta(days=395)


def gtfs_zip(operator: Operator, today: date) -> bytes:
    """The bytes of the operator's GTFS file, the same for every day of a month."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in _files(operator, *validity(today)):
            info = zipfile.ZipInfo(name, date_time=_WRITTEN)
            archive.writestr(info, text, zipfile.ZIP_DEFLATED, compresslevel=3)
    return buffer.getvalue()


def _files(operator: Operator, first: date, last: date) -> Iterator[tuple[str, str]]:
    vans, inside = Vans(operator), StationPathways(operator)
    tables: dict[str, Table] = {
        "agency.txt": _agency(operator),
        "feed_info.txt": _feed_info(operator, first, last),
        "attributions.txt": _attributions(operator),
        "stops.txt": _stops(operator, vans, inside),
        "levels.txt": (LEVEL_COLUMNS, inside.levels()),
        "pathways.txt": (COLUMNS, inside.pathways()),
        "routes.txt": _routes(operator, vans),
        "calendar.txt": _calendar(operator, first, last),
        "calendar_dates.txt": _calendar_dates(operator, first, last),
        "trips.txt": _trips(operator, vans),
        "frequencies.txt": _frequencies(operator),
        "transfers.txt": _transfers(operator),
        "booking_rules.txt": _booking_rules(operator, vans),
        "location_groups.txt": (
            ("location_group_id", "location_group_name"),
            vans.location_groups(),
        ),
        "location_group_stops.txt": (
            ("location_group_id", "stop_id"),
            vans.location_group_stops(),
        ),
        **_fares(operator),
    }
    for name, (columns, rows) in tables.items():
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(columns)
        empty = text.tell()
        writer.writerows(rows)
        if text.tell() > empty:
            yield name, text.getvalue()
    yield "shapes.txt", "".join(_shape_lines(operator))
    yield "stop_times.txt", "".join(_stop_time_lines(operator, vans))
    if vans:
        yield "locations.geojson", vans.locations()


def _agency(operator: Operator) -> Table:
    agency = operator.agency
    columns = ("agency_id", "agency_name", "agency_url", "agency_timezone", "agency_lang")
    row = (agency.id, agency.name, agency.url, TIMEZONE, "fr", agency.phone)
    return (*columns, "agency_phone"), [row]


def _feed_info(operator: Operator, first: date, last: date) -> Table:
    columns = (
        *("feed_publisher_name", "feed_publisher_url", "feed_lang", "feed_start_date"),
        *("feed_end_date", "feed_version", "feed_contact_url"),
    )
    publisher = f"{operator.name} – {operator.attribution}"
    version = f"demo-{first:%Y-%m}"
    url = operator.agency.url
    row = (publisher, url, "fr", _day(first), _day(last), version, url + "contact")
    return columns, [row]


def _attributions(operator: Operator) -> Table:
    columns = ("attribution_id", "organization_name", "is_producer", "attribution_url")
    row = ("demo", operator.attribution, 1, operator.agency.url + "demonstration")
    return columns, [row]


def _stops(operator: Operator, vans: Vans, inside: StationPathways) -> Table:
    columns: Sequence[str] = (
        *("stop_id", "stop_code", "stop_name", "stop_lat", "stop_lon", "location_type"),
        *("parent_station", "platform_code", "wheelchair_boarding"),
    )
    rows = (
        (
            *(stop.id, stop.code, stop.name, stop.lat, stop.lon, stop.location_type),
            *(stop.parent, stop.platform_code, stop.wheelchair),
        )
        for stop in operator.stops
    )
    if not inside:
        return columns, chain(rows, vans.stops())
    others = ((*row, "") for row in chain(rows, vans.stops()))
    return (*columns, "level_id"), chain(others, inside.stops())


def _routes(operator: Operator, vans: Vans) -> Table:
    columns = (
        *("route_id", "agency_id", "route_short_name", "route_long_name", "route_type"),
        *("route_color", "route_text_color"),
    )
    rows = (
        (
            *(line.id, operator.agency.id, line.short_name, line.long_name, line.route_type),
            *(line.color, line.text_color),
        )
        for line in operator.lines
    )
    return columns, chain(rows, vans.routes())


def _calendar(operator: Operator, first: date, last: date) -> Table:
    """The services that run on most of their weekdays; the others are listed day by day."""
    columns = ("service_id", *_DAYS, "start_date", "end_date")
    return columns, (
        (
            service.id,
            *(int(day in service.weekdays) for day in range(7)),
            _day(first),
            _day(last),
        )
        for service in operator.services
        if _weekly(service, first, last)
    )


def _calendar_dates(operator: Operator, first: date, last: date) -> Table:
    rows = []
    for service in operator.services:
        weekly = _weekly(service, first, last)
        for day in _span(first, last):
            runs_weekly = weekly and day.weekday() in service.weekdays
            if runs_weekly != runs_on(service, day):
                rows.append((service.id, _day(day), 2 if runs_weekly else 1))
    return ("service_id", "date", "exception_type"), rows


def _weekly(service: Service, first: date, last: date) -> bool:
    """Whether a service runs on most of its weekdays, so that exceptions are the shorter list."""
    days = [day for day in _span(first, last) if day.weekday() in service.weekdays]
    return sum(runs_on(service, day) for day in days) * 2 > len(days)


def _trips(operator: Operator, vans: Vans) -> Table:
    columns = (
        *("route_id", "service_id", "trip_id", "trip_headsign", "direction_id", "block_id"),
        *("shape_id", "wheelchair_accessible", "bikes_allowed"),
    )
    durations = ("safe_duration_factor", "safe_duration_offset") if vans else ()
    rows = (
        (
            *(run.line.id, run.service, run.trip_id, run.headsign, run.direction, run.block),
            *(run.pattern.id, run.wheelchair, run.bikes, *("" for _ in durations)),
        )
        for run in operator.runs
    )
    return (*columns, *durations), chain(rows, vans.trips())


def _frequencies(operator: Operator) -> Table:
    columns = ("trip_id", "start_time", "end_time", "headway_secs", "exact_times")
    return columns, (
        (
            run.trip_id,
            clock_time(run.start),
            clock_time(run.headway.until),
            run.headway.seconds,
            int(run.headway.exact),
        )
        for run in operator.runs
        if run.headway
    )


def _transfers(operator: Operator) -> Table:
    columns = ("from_stop_id", "to_stop_id", "transfer_type", "min_transfer_time")
    return columns, ((t.from_stop, t.to_stop, 2, t.seconds) for t in operator.transfers)


def _booking_rules(operator: Operator, vans: Vans) -> Table:
    """How to book lines and vans on demand: by telephone, at most three weeks before."""
    columns = (
        *("booking_rule_id", "booking_type", "prior_notice_duration_min"),
        *("prior_notice_duration_max", "message", "phone_number", "info_url"),
    )
    three_weeks = 21 * 24 * 60
    rows = (
        (
            *(_rule(line), 1, _notice(operator), three_weeks, "Réservation par téléphone."),
            *(operator.agency.phone, operator.agency.url + "reservation"),
        )
        for line in operator.lines
        if line.on_demand
    )
    return columns, chain(rows, vans.booking_rules())


def _fares(operator: Operator) -> dict[str, Table]:
    """The files of the operator's fares, if it has some."""
    files: dict[str, list[dict[str, str]]] = read("fares").get(operator.id, {})
    return {
        f"{name}.txt": (tuple(rows[0]), [tuple(row.values()) for row in rows])
        for name, rows in files.items()
    }


def _notice(operator: Operator) -> int:
    """Minutes before departure until which a booking is possible."""
    towns = read("towns")["towns"]
    return next(int(t["on_demand"]["minimum"]) for t in towns if t["operator"] == operator.id)


def _rule(line: Line) -> str:
    return f"{line.id}-reservation"


def _shape_lines(operator: Operator) -> Iterator[str]:
    yield "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\r\n"
    used = {run.pattern.id for run in operator.runs}
    for pattern in operator.patterns:
        if pattern.id in used:
            for number, (lat, lon) in enumerate(pattern.shape):
                yield f"{pattern.id},{lat},{lon},{number}\r\n"


def _stop_time_lines(operator: Operator, vans: Vans) -> Iterator[str]:
    """The lines of an operator with lines on demand, with vans on demand, or with neither."""
    on_demand = any(line.on_demand for line in operator.lines)
    more = _BOOKED if on_demand else STOP_TIME_COLUMNS if vans else ()
    columns = ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence", *more)
    yield ",".join(columns) + "\r\n"
    for run in operator.runs:
        rule = _rule(run.line)
        end = f",2,2,{rule},{rule}" if run.line.on_demand else "," * len(more)
        yield from _calls(run, end + "\r\n")
    yield from vans.stop_time_lines()


_BOOKED = ("pickup_type", "drop_off_type", "pickup_booking_rule_id", "drop_off_booking_rule_id")


def _calls(run: Run, end: str) -> Iterator[str]:
    pattern, trip, start = run.pattern, run.trip_id, run.start
    for number, (stop, arrival, leave) in enumerate(
        zip(pattern.stops, pattern.arrivals, pattern.departures, strict=True), start=1
    ):
        times = f"{clock_time(start + arrival)},{clock_time(start + leave)}"
        yield f"{trip},{times},{stop},{number}{end}"


@cache
def clock_time(seconds: int) -> str:
    """HH:MM:SS of a service day; hours can be 24 or more."""
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"


def _span(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=days) for days in range((last - first).days + 1))
