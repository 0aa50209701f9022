"""The last step of packing: makes the arrays of a `Timetable` from the parts, and its indexes."""

from typing import Any

import numpy as np

from mobilite.gtfs.domain.ids import FeedId
from mobilite.packing.domain.calls import Calls
from mobilite.packing.domain.links import Transfers
from mobilite.packing.domain.network import Agencies, Routes, Zones
from mobilite.packing.domain.places import Places
from mobilite.packing.domain.services import Services
from mobilite.packing.domain.shapes import Shapes
from mobilite.packing.domain.tables import csr
from mobilite.packing.domain.trips import TextPool, Trips
from mobilite.timetable.domain.notes import Notes
from mobilite.timetable.domain.strings import Strings
from mobilite.timetable.domain.timetable import I32, Timetable


def assemble(
    *,
    feed_id: FeedId,
    notes: Notes,
    zones: Zones,
    agencies: Agencies,
    places: Places,
    routes: Routes,
    trips: Trips,
    calls: Calls,
    services: Services,
    service_zone: I32,
    transfers: Transfers,
    shapes: Shapes,
    pool: TextPool,
) -> Timetable:
    """Make the timetable of the packed parts. `service_zone`: of each service, a row of `zones`."""
    return Timetable(
        feed_id=feed_id,
        first_day=services.first_day,
        timezones=Strings.of(zones.rows),
        texts=Strings.of(pool.rows),
        service_ids=Strings.of(services.ids),
        service_days=services.days,
        service_zone=service_zone,
        **_network(agencies, routes),
        **_places(places),
        **_trips(trips),
        **_calls(calls, trips=len(trips.ids), stops=len(places.ids)),
        transfer_from=transfers.origin,
        transfer_to=transfers.target,
        transfer_type=transfers.type,
        transfer_seconds=transfers.seconds,
        shape_ids=Strings.of(shapes.ids),
        shape_first=shapes.first,
        shape_lat=shapes.lat,
        shape_lon=shapes.lon,
        shape_distance=shapes.distance,
        **_notes(notes),
    )


def _notes(notes: Notes) -> dict[str, Any]:
    return {"note_names": notes.names, "note_first": notes.first, "note_pieces": notes.pieces}


def _network(agencies: Agencies, routes: Routes) -> dict[str, Any]:
    return {
        "agency_ids": Strings.of(agencies.ids),
        "agency_names": Strings.of(agencies.names),
        "agency_urls": Strings.of(agencies.urls),
        "agency_languages": Strings.of(agencies.languages),
        "agency_phones": Strings.of(agencies.phones),
        "agency_fare_urls": Strings.of(agencies.fare_urls),
        "agency_emails": Strings.of(agencies.emails),
        "agency_zone": agencies.zone,
        "route_ids": Strings.of(routes.ids),
        "route_short": Strings.of(routes.short),
        "route_long": Strings.of(routes.long),
        "route_color": Strings.of(routes.color),
        "route_text_color": Strings.of(routes.text_color),
        "route_type": routes.type,
        "route_sort": routes.sort,
        "route_agency": routes.agency,
        "route_continuous_pickup": routes.continuous_pickup,
        "route_continuous_drop_off": routes.continuous_drop_off,
    }


def _places(places: Places) -> dict[str, Any]:
    first, children = places.children()
    return {
        "stop_ids": Strings.of(places.ids),
        "stop_names": Strings.of(places.names),
        "stop_codes": Strings.of(places.codes),
        "stop_platform": Strings.of(places.platform),
        "stop_lat": places.lat,
        "stop_lon": places.lon,
        "stop_parent": places.parent,
        "stop_kind": places.location_type,
        "stop_wheelchair": places.wheelchair,
        "stop_zone": places.zone,
        "stop_spoken": Strings.of(places.spoken),
        "stop_access": places.access,
        "stop_child_first": first,
        "stop_children": children,
    }


def _trips(trips: Trips) -> dict[str, Any]:
    return {
        "trip_ids": Strings.of(trips.ids.tolist()),
        "trip_route": trips.route,
        "trip_service": trips.service,
        "trip_headsign": trips.headsign,
        "trip_short_name": trips.short_name,
        "trip_block": trips.block,
        "trip_shape": trips.shape,
        "trip_direction": trips.direction,
        "trip_wheelchair": trips.wheelchair,
        "trip_bikes": trips.bikes,
        "trip_cars": trips.cars,
        "trip_start": trips.start,
        "trip_exact_times": trips.exact_times,
    }


def _calls(calls: Calls, *, trips: int, stops: int) -> dict[str, Any]:
    return {
        "trip_first": csr(calls.trip, trips),
        "call_trip": calls.trip,
        "call_stop": calls.stop,
        "call_arrival": calls.arrival,
        "call_departure": calls.departure,
        "call_sequence": calls.sequence,
        "call_headsign": calls.headsign,
        "call_pickup": calls.pickup,
        "call_drop_off": calls.drop_off,
        "call_timepoint": calls.timepoint,
        "call_distance": calls.distance,
        "call_continuous_pickup": calls.continuous_pickup,
        "call_continuous_drop_off": calls.continuous_drop_off,
        "call_pickup_booking": calls.pickup_booking,
        "call_drop_off_booking": calls.drop_off_booking,
        "stop_call_first": csr(calls.stop, stops),
        "stop_calls": np.lexsort((calls.departure, calls.stop)).astype(np.int32),
    }
