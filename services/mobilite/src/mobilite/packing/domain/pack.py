"""Packs the tables of one GTFS feed into a `Timetable`, with a report of repairs.

Pure calculation over columns; `packing/adapters/gtfs_tables.py` reads the files.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from mobilite.gtfs.domain.ids import FeedId
from mobilite.packing.domain.assemble import assemble
from mobilite.packing.domain.calls import Calls, pack_calls
from mobilite.packing.domain.flex import FlexTrips, is_flex, pack_flex
from mobilite.packing.domain.frequencies import expand_frequencies
from mobilite.packing.domain.links import pack_transfers
from mobilite.packing.domain.network import Zones, pack_agencies, pack_routes
from mobilite.packing.domain.places import Places, pack_places
from mobilite.packing.domain.published_rows import pack_notes
from mobilite.packing.domain.report import Report, ReportLine
from mobilite.packing.domain.services import Services, pack_services, split_by_zone
from mobilite.packing.domain.shapes import pack_shapes
from mobilite.packing.domain.tables import EMPTY, Table
from mobilite.packing.domain.trips import TextPool, Trips, pack_trips
from mobilite.timetable.domain.timetable import Timetable
from socle.errors import Refusal

__all__ = ["Report", "ReportLine", "Table", "pack"]

PACKING_VERSION = 7
"""Increase when feeds are packed or checked differently: every feed is then read again."""
REQUIRED_FILES = ("agency", "stops", "routes", "trips", "stop_times")


def pack(tables: Mapping[str, Table], feed_id: FeedId, report: Report) -> Timetable:
    """Pack one feed; the same tables always give the same arrays. `tables`: by GTFS file name
    without `.txt`. `report`: receives the dropped and repaired rows. Raises Refusal("invalid")
    with a stable `code` if a required file is missing or nothing usable remains."""
    _check_files(tables)
    zones, pool = Zones(), TextPool()
    agencies = pack_agencies(tables["agency"], zones, report)
    routes = pack_routes(tables["routes"], agencies, report)
    places = pack_places(tables.get("stops", EMPTY), zones, report, optional=_has_zones(tables))
    services = _services(tables, report)
    shapes = pack_shapes(tables.get("shapes", EMPTY), report)
    trips = pack_trips(
        tables["trips"],
        routes=routes,
        services=services,
        shapes=shapes.ids,
        pool=pool,
        report=report,
    )
    trips, calls, flex, on_demand = _trips_and_calls(tables, trips, places, pool, report)
    service = np.concatenate([trips.service, on_demand.service])
    # The times of a route without an agency are in the zone of the first one.
    agency = np.maximum(routes.agency[np.concatenate([trips.route, on_demand.route])], 0)
    services, service_zone, service = split_by_zone(services, service, agencies.zone[agency])
    return assemble(
        feed_id=feed_id,
        notes=pack_notes(tables, flex, services.ids, report),
        zones=zones,
        agencies=agencies,
        places=places,
        routes=routes,
        trips=replace(trips, service=service[: len(trips.ids)]),
        calls=calls,
        services=services,
        service_zone=service_zone,
        transfers=pack_transfers(tables.get("transfers", EMPTY), places, report),
        shapes=shapes,
        pool=pool,
    )


def _check_files(tables: Mapping[str, Table]) -> None:
    """Check that the required files exist. Raises Refusal if one is missing."""
    for name in REQUIRED_FILES:
        if name not in tables and not (name == "stops" and _has_zones(tables)):
            raise Refusal(
                "invalid", f"Il manque {name}.txt au flux.", code=f"no_{name}", file=f"{name}.txt"
            )
    if "calendar" not in tables and "calendar_dates" not in tables:
        raise Refusal(
            "invalid", "Le flux n'a ni calendar.txt ni calendar_dates.txt.", code="no_calendar"
        )


def _services(tables: Mapping[str, Table], report: Report) -> Services:
    calendar, dates = (tables.get(name, EMPTY) for name in ("calendar", "calendar_dates"))
    return pack_services(calendar, dates, report)


def _has_zones(tables: Mapping[str, Table]) -> bool:
    """Whether the feed has zones of demand-responsive trips: then it can go without stops."""
    return tables.get("locations", EMPTY).rows > 0


def _trips_and_calls(
    tables: Mapping[str, Table], trips: Trips, places: Places, pool: TextPool, report: Report
) -> tuple[Trips, Calls, FlexTrips, Trips]:
    """The trips with at least two calls, and their calls, frequencies expanded; then the
    demand-responsive trips, as published and read. Raises Refusal if there are neither."""
    ids, table = trips.ids.tolist(), tables["stop_times"]
    flex_rows = is_flex(table)
    calls = pack_calls(
        table.take(~flex_rows), trip_ids=ids, places=places, pool=pool, report=report
    )
    enough = np.bincount(calls.trip, minlength=len(ids)) >= 2
    flex = pack_flex(tables, flex_rows, trip_ids=ids, fixed=enough, places=places, report=report)
    served = enough.copy()
    served[flex.trips] = True
    report.add_rows("trips.txt", "trip_without_calls", ~served, ids)
    if not served.any():
        raise Refusal("invalid", "Aucune course du flux n'est utilisable.", code="no_trips")
    new_row = np.cumsum(enough) - 1
    calls = calls.take(enough[calls.trip])
    calls = replace(calls, trip=new_row[calls.trip].astype(np.int32))
    fixed = trips.take(np.flatnonzero(enough).astype(np.int32))
    expanded = expand_frequencies(tables.get("frequencies", EMPTY), fixed, calls, report)
    return *expanded, flex, trips.take(flex.trips)
