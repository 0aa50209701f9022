"""The small tables of the merged schedule: agencies, routes, stops, trips, calendars,
attributions.

Each function named after a file yields its lines for one feed, with global ids.
https://gtfs.org/documentation/schedule/reference/
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from mobilite.feeds.domain.licences import licence_url
from mobilite.gtfs.domain.clock_times import format_time
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.open_data.adapters.feed_part import FeedPart, cell, line
from mobilite.open_data.domain.headways import headways
from mobilite.open_data.domain.service_calendar import service_calendar
from mobilite.timetable.domain.agencies import agency_id

HEADERS: Final = {
    "agency": "agency_id,agency_name,agency_url,agency_timezone,agency_lang,agency_phone,"
    "agency_fare_url,agency_email",
    "stops": "stop_id,stop_code,stop_name,stop_lat,stop_lon,location_type,parent_station,"
    "stop_timezone,wheelchair_boarding,level_id,platform_code,zone_id,tts_stop_name,stop_access",
    "routes": "route_id,agency_id,route_short_name,route_long_name,route_type,route_color,"
    "route_text_color,route_sort_order,continuous_pickup,continuous_drop_off",
    "trips": "route_id,service_id,trip_id,trip_headsign,trip_short_name,direction_id,block_id,"
    "shape_id,wheelchair_accessible,bikes_allowed,cars_allowed,safe_duration_factor,"
    "safe_duration_offset",
    "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,"
    "end_date",
    "calendar_dates": "service_id,date,exception_type",
    "frequencies": "trip_id,start_time,end_time,headway_secs,exact_times",
    "attributions": "attribution_id,agency_id,route_id,trip_id,organization_name,is_producer,"
    "is_operator,is_authority,attribution_url,attribution_email,licence,licence_url",
}


def agency(part: FeedPart) -> Iterator[str]:
    """agency.txt"""
    timetable = part.timetable
    for row in range(len(timetable.agency_ids)):
        yield line(
            part.name(agency_id(timetable, row)),
            timetable.agency_names[row] or part.feed.name,
            timetable.agency_urls[row],
            timetable.timezones[int(timetable.agency_zone[row])],
            timetable.agency_languages[row],
            timetable.agency_phones[row],
            timetable.agency_fare_urls[row],
            timetable.agency_emails[row],
        )


def stops(part: FeedPart) -> Iterator[str]:
    """stops.txt"""
    timetable = part.timetable
    notes = timetable.notes
    levels = {row.get("stop_id"): row["level_id"] for row in notes.rows("stop_levels")}
    zones = {row.get("stop_id"): row["zone_id"] for row in notes.rows("fare_zones")}
    for row, local in enumerate(timetable.stop_ids):
        parent, zone = int(timetable.stop_parent[row]), int(timetable.stop_zone[row])
        yield line(
            part.name(local),
            timetable.stop_codes[row],
            timetable.stop_names[row],
            _degrees(timetable.stop_lat[row]),
            _degrees(timetable.stop_lon[row]),
            int(timetable.stop_kind[row]) or "",
            part.name(timetable.stop_ids[parent]) if parent >= 0 else "",
            # Children inherit the zone of their station, and GTFS ignores one of their own.
            timetable.timezones[zone] if zone >= 0 and parent < 0 else "",
            int(timetable.stop_wheelchair[row]) or "",
            part.name(levels.get(local, "")),
            timetable.stop_platform[row],
            part.name(zones.get(local, "")),
            timetable.stop_spoken[row],
            # Forbidden for a stop outside a station.
            _choice(timetable.stop_access[row]) if parent >= 0 else "",
        )


def _choice(value: np.integer[Any]) -> str:
    """A value of an enumeration, "" for -1 (none)."""
    return str(value) if value >= 0 else ""


def _degrees(value: np.floating[Any]) -> str:
    return "" if np.isnan(value) else repr(float(value))


def routes(part: FeedPart) -> Iterator[str]:
    """routes.txt"""
    timetable = part.timetable
    for row, local in enumerate(timetable.route_ids):
        route_type, sort = int(timetable.route_type[row]), int(timetable.route_sort[row])
        # A route without a known agency is written as one of the first agency, whose time zone
        # its times are in.
        owner = max(int(timetable.route_agency[row]), 0)
        yield line(
            part.name(local),
            part.name(agency_id(timetable, owner)),
            timetable.route_short[row],
            timetable.route_long[row],
            route_type if route_type >= 0 else "",
            timetable.route_color[row],
            timetable.route_text_color[row],
            sort if sort >= 0 else "",
            _choice(timetable.route_continuous_pickup[row]),
            _choice(timetable.route_continuous_drop_off[row]),
        )


def trips(part: FeedPart) -> Iterator[str]:
    """trips.txt"""
    timetable = part.timetable
    route, service, shape = (
        part.names(timetable.route_ids),
        part.names(timetable.service_ids),
        part.names(timetable.shape_ids),
    )
    for row in part.trips:
        direction, shaped = int(timetable.trip_direction[row]), int(timetable.trip_shape[row])
        yield (
            ",".join(
                (
                    route[int(timetable.trip_route[row])],
                    service[int(timetable.trip_service[row])],
                    cell(part.name(timetable.trip_ids[row])),
                    cell(timetable.text(int(timetable.trip_headsign[row]))),
                    cell(timetable.text(int(timetable.trip_short_name[row]))),
                    str(direction) if direction >= 0 else "",
                    cell(part.name(timetable.text(int(timetable.trip_block[row])))),
                    shape[shaped] if shaped >= 0 else "",
                    str(timetable.trip_wheelchair[row] or ""),
                    str(timetable.trip_bikes[row] or ""),
                    str(timetable.trip_cars[row] or ""),
                    "",
                    "",
                )
            )
            + "\n"
        )
    for trip in part.flex_trips:
        yield line(*(_flex_value(part, name, trip) for name in HEADERS["trips"].split(",")))


def _flex_value(part: FeedPart, column: str, row: dict[str, Any]) -> object:
    """A value of a demand-responsive trip, which is stored as published."""
    value = row.get(column, "")
    if column == "shape_id" and part.timetable.shape_ids.index_of(str(value)) is None:
        return ""
    return part.name(str(value)) if column.endswith("_id") and column != "direction_id" else value


def calendar(part: FeedPart) -> Iterator[str]:
    """calendar.txt: the services of trips, then those of timeframes and booking rules."""
    for service, days in _services(part):
        calendar = service_calendar(days, part.timetable.first_day)
        if calendar.week is not None:
            week = (int(runs) for runs in calendar.week)
            yield line(
                service,
                *week,
                ServiceDate.of_ordinal(calendar.first),
                ServiceDate.of_ordinal(calendar.last),
            )
    yield from _published_services(part, "calendar")


def calendar_dates(part: FeedPart) -> Iterator[str]:
    """calendar_dates.txt"""
    for service, days in _services(part):
        for day, exception_type in service_calendar(days, part.timetable.first_day).exceptions:
            yield line(service, ServiceDate.of_ordinal(day), exception_type)
    yield from _published_services(part, "calendar_dates")


def _published_services(part: FeedPart, file: str) -> Iterator[str]:
    for row in part.timetable.notes.rows(file):
        service, *columns = HEADERS[file].split(",")
        yield line(part.name(str(row[service])), *(row.get(name, "") for name in columns))


def _services(part: FeedPart) -> Iterator[tuple[str, Any]]:
    """The global id and the days (bool[days]) of each service. A service that has a row for each
    of several time zones appears once."""
    timetable = part.timetable
    for local, row in {local: row for row, local in enumerate(timetable.service_ids)}.items():
        yield part.name(local), timetable.service_days[row]


def frequencies(part: FeedPart) -> Iterator[str]:
    """frequencies.txt: the runs of each trip, converted back to rows."""
    timetable, starts = part.timetable, part.timetable.trip_start
    for first in part.trips:
        if starts[first] < 0:
            continue
        last = first + len(timetable.trip_ids.indexes_of(timetable.trip_ids[first]))
        exact = timetable.trip_exact_times[first:last].tolist()
        for row in headways(starts[first:last].tolist(), exact):
            yield line(
                part.name(timetable.trip_ids[first]),
                format_time(row.start),
                format_time(row.end),
                row.headway,
                row.exact_times,
            )


def attributions(part: FeedPart) -> Iterator[str]:
    """attributions.txt: the credits and licence of each agency's data (two columns beyond GTFS),
    then the feed's own attributions."""
    feed, timetable = part.feed, part.timetable
    for row in range(len(timetable.agency_ids)):
        yield line(
            part.name(f"attribution-{row}"),
            part.name(agency_id(timetable, row)),
            "",
            "",
            feed.attribution or feed.name,
            1,
            *("",) * 4,
            feed.licence,
            licence_url(feed.licence),
        )
    for row, attribution in enumerate(timetable.notes.rows("attributions")):
        credited = [
            _global_id_if_known(part, attribution.get(reference.partition(".")[2], ""), reference)
            for reference in _CREDITED
        ]
        if None not in credited:
            yield line(
                part.name(f"own-{row}"),
                *credited,
                *(attribution.get(name) for name in HEADERS["attributions"].split(",")[4:10]),
                "",
                "",
            )


_CREDITED: Final = ("agency.agency_id", "routes.route_id", "trips.trip_id")


def _global_id_if_known(part: FeedPart, local: str, reference: str) -> str | None:
    """The global id of the object to which a row refers; "" for none, None if it does not
    exist."""
    return part.name(local) if not local or part.exists(reference, local) else None
