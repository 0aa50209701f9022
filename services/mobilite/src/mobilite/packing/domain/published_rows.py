"""The files and columns that are stored as published, for the few who read them.

https://gtfs.org/documentation/schedule/reference/
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from mobilite.gtfs.domain.published_files import FARE_FILES, PUBLISHED_FILES
from mobilite.packing.domain.fare_references import with_known_references
from mobilite.packing.domain.flex import FlexTrips
from mobilite.packing.domain.links import is_restricted
from mobilite.packing.domain.report import Report
from mobilite.packing.domain.tables import EMPTY, Table
from mobilite.timetable.domain.notes import Notes, Row

_FILES: Final = ("feed_info", "attributions", "locations", *PUBLISHED_FILES)
"""The files of which all rows are stored."""
_SERVICE_COLUMNS: Final = {
    "timeframes": "service_id",
    "booking_rules": "prior_notice_service_id",
}
"""By file, the column with a service that no trip needs."""
_PLACES: Final = {"stop_areas": ("stops", "stop_id"), "route_networks": ("routes", "route_id")}
"""Fare files that lose nothing with a row of a stop or a route that the feed does not have: the
file and the column of these."""


def pack_notes(
    tables: Mapping[str, Table], flex: FlexTrips, service_ids: Sequence[str], report: Report
) -> Notes:
    """The rows of files that are read rarely (`Timetable.notes`). `service_ids`: of the services
    that trips use."""
    tables = {**tables, **_networks(tables), **_fare_leg_rules(tables)}
    fares = with_known_references(tables, report)
    ignored = report.ignored_files()
    incomplete = [
        {"file": name}
        for name in FARE_FILES
        if f"{name}.txt" in ignored or (name in fares and _has_lost(name, tables, fares[name]))
    ]
    rows = _notes({**tables, **fares}, flex, frozenset(service_ids))
    return Notes.of([*rows, ("incomplete_fares", incomplete)])


def _has_lost(name: str, tables: Mapping[str, Table], retained: Table) -> bool:
    """Whether a fare file has lost a row that a price can depend on."""
    if name not in _PLACES:
        return retained.rows < tables[name].rows
    file, column = _PLACES[name]
    known = frozenset(tables.get(file, EMPTY).texts(column))
    return retained.rows < sum(text in known for text in tables[name].texts(column))


def _notes(
    tables: Mapping[str, Table], flex: FlexTrips, service_ids: frozenset[str]
) -> Iterator[tuple[str, Iterator[Row]]]:
    stops, transfers = tables.get("stops", EMPTY), tables.get("transfers", EMPTY)
    for name in _FILES:
        yield name, _rows(tables.get(name, EMPTY))
    for name, column in (("stop_levels", "level_id"), ("fare_zones", "zone_id")):
        yield name, _rows(stops.columns_where(column, ("stop_id", column)))
    yield "transfers_by_trip", _rows(transfers.take(is_restricted(transfers)))
    yield "flex_trips", _rows(flex.table)
    yield "flex_stop_times", _rows(flex.stop_times)
    others = _services_named(tables) - service_ids
    for name in ("calendar", "calendar_dates"):
        table = tables.get(name, EMPTY)
        named = (text in others for text in table.texts("service_id"))
        yield name, _rows(table.take(np.fromiter(named, np.bool_, table.rows)))


def _networks(tables: Mapping[str, Table]) -> dict[str, Table]:
    """networks.txt and route_networks.txt; made of routes.txt's network_id if the feed has that
    instead, since a merged feed can have one of the two only."""
    routes = tables.get("route_networks", EMPTY)
    if not routes.rows:
        routes = tables["routes"].columns_where("network_id", ("network_id", "route_id"))
    networks = tables.get("networks", EMPTY)
    if not networks.rows:
        names = dict.fromkeys(routes.texts("network_id"))
        networks = Table.of([{"network_id": name} for name in names])
    return {"networks": networks, "route_networks": routes}


def _fare_leg_rules(tables: Mapping[str, Table]) -> dict[str, Table]:
    """fare_leg_rules.txt with a value in each row of rule_priority, if it has that column, which
    changes what the other empty values mean."""
    table = tables.get("fare_leg_rules", EMPTY)
    if not table.has("rule_priority"):
        return {}
    priorities = [text or "0" for text in table.texts("rule_priority")]
    column = np.array(priorities, dtype=object)
    return {"fare_leg_rules": Table({**table.columns, "rule_priority": column}, table.rows)}


def _services_named(tables: Mapping[str, Table]) -> frozenset[str]:
    """The services that timeframes and booking rules name."""
    return frozenset(
        text
        for file, column in _SERVICE_COLUMNS.items()
        for text in tables.get(file, EMPTY).texts(column)
        if text
    )


def _rows(table: Table) -> Iterator[Row]:
    """The rows of a table as JSON objects, without empty values."""
    columns = {name: column.tolist() for name, column in table.columns.items()}
    for i in range(table.rows):
        yield {
            name: _integer_if_integral(value)
            for name, column in columns.items()
            if (value := column[i]) != "" and value == value  # not NaN
        }


def _integer_if_integral(value: Any) -> Any:
    """The number 2.0 as 2; other values as they are."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
