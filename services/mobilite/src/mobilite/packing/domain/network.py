"""agency.txt and routes.txt: agencies, their time zones, and routes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from mobilite.packing.domain.report import Report
from mobilite.packing.domain.tables import Table, first_of_each, rows_of
from mobilite.timetable.domain.timetable import I8, I32
from socle.errors import Refusal


@dataclass(slots=True)
class Zones:
    """Collects the time zones of a feed: the rows of the timetable's `timezones`."""

    rows: dict[str, int] = field(default_factory=dict)
    """By name."""

    def row(self, name: str) -> int:
        """The row of a zone, new for one not seen before; -1 if it is not in the tz database."""
        if name in self.rows:
            return self.rows[name]
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return -1
        return self.rows.setdefault(name, len(self.rows))


@dataclass(frozen=True, slots=True)
class Agencies:
    """Agencies by row."""

    ids: list[str]
    names: list[str]
    urls: list[str]
    languages: list[str]
    phones: list[str]
    fare_urls: list[str]
    emails: list[str]
    zone: I32
    """The row of the time zone in `Zones`."""


@dataclass(frozen=True, slots=True)
class Routes:
    """Routes by row; the fields are those of `Timetable` with the prefix `route_`."""

    ids: list[str]
    short: list[str]
    long: list[str]
    color: list[str]
    text_color: list[str]
    type: I32
    sort: I32
    agency: I32
    continuous_pickup: I8
    continuous_drop_off: I8


def pack_agencies(table: Table, zones: Zones, report: Report) -> Agencies:
    """Read the agencies. One without a usable time zone gets that of the first that has one. Raises
    Refusal if none has."""
    # The only agency of a feed can go without an id.
    if table.rows > 1 or any(table.texts("agency_id")):
        table = first_of_each(table, "agency_id", "agency.txt", report)
    names = [name.strip() for name in table.texts("agency_timezone")]
    zone = np.array([zones.row(name) for name in names], dtype=np.int32)
    if not (zone >= 0).any():
        raise Refusal(
            "invalid",
            "Aucune agence n'a de fuseau horaire connu : les heures du flux n'ont pas de sens.",
            code="no_timezone",
            found=sorted(set(names))[:3],
        )
    report.add_rows("agency.txt", "unknown_timezone", zone < 0, names)
    zone[zone < 0] = zone[zone >= 0][0]
    return Agencies(
        ids=table.texts("agency_id"),
        names=table.texts("agency_name"),
        urls=table.texts("agency_url"),
        languages=table.texts("agency_lang"),
        phones=table.texts("agency_phone"),
        fare_urls=table.texts("agency_fare_url"),
        emails=table.texts("agency_email"),
        zone=zone,
    )


def pack_routes(table: Table, agencies: Agencies, report: Report) -> Routes:
    """Read the routes. If the feed has one agency only, all routes belong to it; otherwise a route
    of an unknown agency has none."""
    table = first_of_each(table, "route_id", "routes.txt", report)
    ids, agency_texts = table.texts("route_id"), table.texts("agency_id")
    agency = rows_of(agency_texts, {text: row for row, text in enumerate(agencies.ids)})
    if len(agencies.ids) == 1:
        agency[:] = 0
    report.add_rows("routes.txt", "unknown_agency", agency < 0, ids)
    route_type = table.integers("route_type", -1)
    report.add_rows("routes.txt", "route_type", route_type < 0, ids)
    return Routes(
        ids=ids,
        short=table.texts("route_short_name"),
        long=table.texts("route_long_name"),
        color=_colors(table.texts("route_color"), report),
        text_color=_colors(table.texts("route_text_color"), report),
        type=np.maximum(route_type, -1),
        sort=np.maximum(table.integers("route_sort_order", -1), -1),
        agency=agency,
        continuous_pickup=table.choices("continuous_pickup", (0, 1, 2, 3), -1),
        continuous_drop_off=table.choices("continuous_drop_off", (0, 1, 2, 3), -1),
    )


def _colors(texts: Sequence[str], report: Report) -> list[str]:
    """Six hexadecimal digits each, or "" if unusable. Spreadsheets drop leading zeros: `0` was
    `000000`."""
    colors = []
    for text in texts:
        color = text.strip().removeprefix("#").upper()
        usable = re.fullmatch(r"[0-9A-F]{1,6}", color) is not None
        colors.append(color.zfill(6) if usable else "")
        if text and not (usable and len(color) == 6):
            report.add("routes.txt", "color", 1, [text])
    return colors
