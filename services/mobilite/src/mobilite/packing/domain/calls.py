"""stop_times.txt: the calls of each trip, in order, each with times.

https://gtfs.org/documentation/schedule/reference/#stop_timestxt
"""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from mobilite.gtfs.domain.clock_times import INVALID, MISSING, parse_times
from mobilite.packing.domain.interpolate import fill_times
from mobilite.packing.domain.places import Places
from mobilite.packing.domain.report import Report
from mobilite.packing.domain.tables import Table, rows_of
from mobilite.packing.domain.trips import TextPool
from mobilite.timetable.domain.timetable import F32, I8, I32, STATION

FILE = "stop_times.txt"


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls by row; the fields are those of `Timetable` with the prefix `call_`. The optional ones
    are empty if the feed does not have their column."""

    trip: I32
    stop: I32
    sequence: I32
    arrival: I32
    departure: I32
    headsign: I32
    pickup: I8
    drop_off: I8
    timepoint: I8
    distance: F32
    continuous_pickup: I8
    continuous_drop_off: I8
    pickup_booking: I32
    drop_off_booking: I32

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> "Calls":
        """The calls of these rows (indexes or a mask)."""
        columns = {each.name: getattr(self, each.name) for each in fields(self)}
        return replace(
            self, **{name: column[rows] for name, column in columns.items() if len(column)}
        )


def pack_calls(
    table: Table, *, trip_ids: list[str], places: Places, pool: TextPool, report: Report
) -> Calls:
    """Read the calls of the retained trips, sorted by trip and stop_sequence, with all times known
    and in order.

    `trip_ids`: of the retained trips, by row. Calls at unknown stops, of other trips or without a
    stop_sequence are dropped; so are repeated ones, and those before the first or after the last
    known time of their trip.
    """
    calls = _read(table, trip_ids, places, pool, report)
    calls = calls.take(np.lexsort((np.arange(len(calls.trip)), calls.sequence, calls.trip)))
    again = np.zeros(len(calls.trip), dtype=np.bool_)
    again[1:] = (np.diff(calls.trip) == 0) & (np.diff(calls.sequence) == 0)
    report.add_rows(FILE, "duplicate_call", again, _TripIdOfCall(trip_ids, calls.trip))
    calls = calls.take(~again)

    times = fill_times(
        trip=calls.trip,
        arrival=calls.arrival,
        departure=calls.departure,
        distance=calls.distance,
        lat=places.lat[calls.stop],
        lon=places.lon[calls.stop],
    )
    names = _TripIdOfCall(trip_ids, calls.trip)
    report.add_rows(FILE, "past_midnight", times.past_midnight, names)
    report.add_rows(FILE, "backward_time", times.backward, names)
    report.add_rows(FILE, "interpolated", times.interpolated, names)
    report.add_rows(FILE, "untimed_end", times.untimed_end, names)
    exact = np.where(times.interpolated | times.backward, 0, calls.timepoint).astype(np.int8)
    calls = replace(calls, arrival=times.arrival, departure=times.departure, timepoint=exact)
    return calls.take(~times.untimed_end)


class _TripIdOfCall:
    """The trip id of each call, looked up only for the few samples of a report."""

    def __init__(self, trip_ids: list[str], trip: I32) -> None:
        self._ids, self._trip = trip_ids, trip

    def __getitem__(self, call: int) -> str:
        name: str = self._ids[self._trip[call]]
        return name


def _read(
    table: Table, trip_ids: list[str], places: Places, pool: TextPool, report: Report
) -> Calls:
    """The usable calls in the order of the file, times MISSING where absent or invalid."""
    trip_texts, stop_texts = table.texts("trip_id"), table.texts("stop_id")
    trip = rows_of(trip_texts, {text: i for i, text in enumerate(trip_ids)})
    stop = rows_of(stop_texts, {text: i for i, text in enumerate(places.ids)})
    sequence = table.integers("stop_sequence", -1)
    report.add_rows(FILE, "unknown_trip", trip < 0, trip_texts)
    report.add_rows(FILE, "unknown_stop", (trip >= 0) & (stop < 0), stop_texts)
    report.add_rows(FILE, "wrong_sequence", (trip >= 0) & (sequence < 0), trip_texts)
    retained = (trip >= 0) & (stop >= 0) & (sequence >= 0)
    table, trip, stop = table.take(retained), trip[retained], stop[retained]
    report.add_rows(
        FILE, "call_at_station", places.location_type[stop] == STATION, table.texts("stop_id")
    )

    arrival = _times(table, "arrival_time", report)
    departure = _times(table, "departure_time", report)
    arrival = np.where(arrival == MISSING, departure, arrival)
    return Calls(
        trip=trip,
        stop=stop,
        sequence=sequence[retained],
        arrival=arrival,
        departure=np.where(departure == MISSING, arrival, departure),
        headsign=pool.add(table.texts("stop_headsign")),
        pickup=table.choices("pickup_type", (0, 1, 2, 3), 0),
        drop_off=table.choices("drop_off_type", (0, 1, 2, 3), 0),
        timepoint=table.choices("timepoint", (0, 1), 1),
        distance=table.numbers("shape_dist_traveled").astype(np.float32),
        continuous_pickup=_continuous(table, "continuous_pickup"),
        continuous_drop_off=_continuous(table, "continuous_drop_off"),
        pickup_booking=_booking(table, "pickup_booking_rule_id", pool),
        drop_off_booking=_booking(table, "drop_off_booking_rule_id", pool),
    )


def _continuous(table: Table, column: str) -> I8:
    """-1 where empty: the route's rule applies."""
    return table.choices(column, (0, 1, 2, 3), -1) if table.has(column) else np.empty(0, np.int8)


def _booking(table: Table, column: str, pool: TextPool) -> I32:
    return pool.add(table.texts(column)) if table.has(column) else np.empty(0, np.int32)


def _times(table: Table, column: str, report: Report) -> I32:
    texts = table.texts(column)
    times = parse_times(texts)
    report.add_rows(FILE, "wrong_time", times == INVALID, texts)
    return np.where(times == INVALID, MISSING, times)
