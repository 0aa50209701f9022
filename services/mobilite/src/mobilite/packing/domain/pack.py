"""Packs the tables of one GTFS feed into a `Timetable`, with a report of repairs.

Pure calculation over columns; `packing/adapters/gtfs_tables.py` reads the files.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from mobilite.gtfs.domain.ids import FeedId
from mobilite.packing.domain.assemble import assemble
from mobilite.packing.domain.calls import Calls, pack_calls
from mobilite.packing.domain.frequencies import expand_frequencies
from mobilite.packing.domain.links import pack_notes, pack_transfers
from mobilite.packing.domain.network import Zones, pack_agencies, pack_routes
from mobilite.packing.domain.places import Places, pack_places
from mobilite.packing.domain.report import Report, ReportLine
from mobilite.packing.domain.services import pack_services, split_by_zone
from mobilite.packing.domain.shapes import pack_shapes
from mobilite.packing.domain.tables import EMPTY, Table
from mobilite.packing.domain.trips import TextPool, Trips, pack_trips
from mobilite.timetable.domain.timetable import Timetable
from socle.errors import Refusal

__all__ = ["Report", "ReportLine", "Table", "pack"]

PACKING_VERSION = 3
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
    places = pack_places(tables["stops"], zones, report)
    services = pack_services(
        tables.get("calendar", EMPTY), tables.get("calendar_dates", EMPTY), report
    )
    shapes = pack_shapes(tables.get("shapes", EMPTY), report)
    trips = pack_trips(
        tables["trips"],
        routes=routes,
        services=services,
        shapes=shapes.ids,
        pool=pool,
        report=report,
    )
    trips, calls = _trips_and_calls(tables, trips, places, pool, report)
    # The times of a route without an agency are in the zone of the first one.
    zone = agencies.zone[np.maximum(routes.agency[trips.route], 0)]
    services, service_zone, trip_service = split_by_zone(services, trips.service, zone)
    return assemble(
        feed_id=feed_id,
        notes=pack_notes(tables),
        zones=zones,
        agencies=agencies,
        places=places,
        routes=routes,
        trips=replace(trips, service=trip_service),
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
        if name not in tables:
            raise Refusal(
                "invalid", f"Il manque {name}.txt au flux.", code=f"no_{name}", file=f"{name}.txt"
            )
    if "calendar" not in tables and "calendar_dates" not in tables:
        raise Refusal(
            "invalid", "Le flux n'a ni calendar.txt ni calendar_dates.txt.", code="no_calendar"
        )


def _trips_and_calls(
    tables: Mapping[str, Table], trips: Trips, places: Places, pool: TextPool, report: Report
) -> tuple[Trips, Calls]:
    """The trips with at least two calls, and their calls, frequencies expanded. Raises Refusal if
    there are none."""
    ids = trips.ids.tolist()
    calls = pack_calls(tables["stop_times"], trip_ids=ids, places=places, pool=pool, report=report)
    enough = np.bincount(calls.trip, minlength=len(ids)) >= 2
    report.add_rows("trips.txt", "trip_without_calls", ~enough, ids)
    if not enough.any():
        raise Refusal("invalid", "Aucune course du flux n'est utilisable.", code="no_trips")
    new_row = np.cumsum(enough) - 1
    calls = calls.take(enough[calls.trip])
    calls = replace(calls, trip=new_row[calls.trip].astype(np.int32))
    trips = trips.take(np.flatnonzero(enough).astype(np.int32))
    return expand_frequencies(tables.get("frequencies", EMPTY), trips, calls, report)
