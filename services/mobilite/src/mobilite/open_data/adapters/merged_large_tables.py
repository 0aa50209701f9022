"""The large tables of the merged schedule (calls and shapes), written in chunks; and transfers.

https://gtfs.org/documentation/schedule/reference/#stop_timestxt
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mobilite.gtfs.domain.clock_times import format_time
from mobilite.gtfs.domain.published_files import TRANSFERS
from mobilite.open_data.adapters.feed_part import FeedPart, cell, line
from mobilite.open_data.adapters.merged_published import published_lines

HEADERS: Final = {
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence,stop_headsign,"
    "pickup_type,drop_off_type,shape_dist_traveled,timepoint",
    "shapes": "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence,shape_dist_traveled",
    "transfers": ",".join(TRANSFERS),
}
ON_DEMAND: Final = (
    "location_group_id,location_id,start_pickup_drop_off_window,end_pickup_drop_off_window,"
    "continuous_pickup,continuous_drop_off,pickup_booking_rule_id,drop_off_booking_rule_id"
)
"""Columns of stop_times.txt that are written if one feed has a value in one of them."""
_CHUNK_ROWS: Final = 20_000
"""Rows written together: a few megabytes of text at a time."""
_time = lru_cache(maxsize=200_000)(format_time)


def has_on_demand(part: FeedPart) -> bool:
    """Whether the feed has values in the columns `ON_DEMAND`."""
    optional = _optional_columns(part)
    return any(map(len, optional)) or part.timetable.notes.has("flex_stop_times")


def stop_times(part: FeedPart, *, on_demand: bool) -> Iterator[str]:
    """stop_times.txt, in chunks, with the columns `ON_DEMAND` or without. A frequency-based trip
    has the times of its first run: GTFS uses only the differences between them."""
    timetable = part.timetable
    stop = part.names(timetable.stop_ids)
    headsigns = [cell(text) for text in timetable.texts]
    headsigns.append("")  # at -1: none
    chosen = np.zeros(len(timetable.trip_ids), dtype=np.bool_)
    chosen[np.asarray(part.trips, dtype=np.int64)] = True
    for start in range(0, len(timetable.call_trip), _CHUNK_ROWS):
        trips = timetable.call_trip[start : start + _CHUNK_ROWS]
        rows = start + np.flatnonzero(chosen[trips])
        names: dict[int, str] = {
            row: cell(part.name(timetable.trip_ids[row]))
            for row in np.unique(timetable.call_trip[rows]).tolist()
        }
        yield "".join(
            f"{names[trip]},{_time(arrival)},{_time(departure)},{stop[at]},{sequence},"
            f"{headsigns[headsign]},{pickup or ''},{drop_off or ''},{distance},{timepoint}{more}\n"
            for trip, arrival, departure, at, sequence, headsign, pickup, drop_off, distance,
            timepoint, more in zip(
                timetable.call_trip[rows].tolist(),
                timetable.call_arrival[rows].tolist(),
                timetable.call_departure[rows].tolist(),
                timetable.call_stop[rows].tolist(),
                timetable.call_sequence[rows].tolist(),
                timetable.call_headsign[rows].tolist(),
                timetable.call_pickup[rows].tolist(),
                timetable.call_drop_off[rows].tolist(),
                _distances(timetable.call_distance[rows]),
                timetable.call_timepoint[rows].tolist(),
                _on_demand_values(part, rows) if on_demand else [""] * len(rows),
                strict=True,
            )
        )  # fmt: skip
    if on_demand:
        columns = f"{HEADERS['stop_times']},{ON_DEMAND}".split(",")
        for row in timetable.notes.rows("flex_stop_times"):
            yield line(*(_flex_value(part, name, row.get(name, "")) for name in columns))


def _optional_columns(part: FeedPart) -> tuple[NDArray[np.integer[Any]], ...]:
    """The last four columns of `ON_DEMAND`, those of calls at fixed times."""
    timetable = part.timetable
    return (
        timetable.call_continuous_pickup,
        timetable.call_continuous_drop_off,
        timetable.call_pickup_booking,
        timetable.call_drop_off_booking,
    )


def _on_demand_values(part: FeedPart, rows: NDArray[np.int64]) -> list[str]:
    """The values of the columns `ON_DEMAND` of some calls, each with a comma before it."""
    columns = _optional_columns(part)
    if not any(map(len, columns)):
        return ["," * 8] * len(rows)
    none = np.full(len(rows), -1)
    pickup, drop_off, *bookings = (column[rows] if len(column) else none for column in columns)
    rules = [
        {row: cell(_booking(part, part.timetable.text(row))) for row in np.unique(each).tolist()}
        for each in bookings
    ]
    return [
        f",,,,,{'' if up < 0 else up},{'' if down < 0 else down},{rules[0][first]},{rules[1][last]}"
        for up, down, first, last in zip(
            pickup.tolist(), drop_off.tolist(), *(each.tolist() for each in bookings), strict=True
        )
    ]


def _flex_value(part: FeedPart, column: str, value: object) -> object:
    """A value of a demand-responsive row, which is stored as published."""
    if column.endswith("_booking_rule_id"):
        return _booking(part, str(value))
    return part.name(str(value)) if column.endswith("_id") else value


def _booking(part: FeedPart, local: str) -> str:
    """The global id of a booking rule; "" if it does not exist."""
    return part.name(local) if part.exists("booking_rules.booking_rule_id", local) else ""


def shapes(part: FeedPart) -> Iterator[str]:
    """shapes.txt: the shapes in use, one chunk each."""
    timetable = part.timetable
    flex = (str(trip.get("shape_id", "")) for trip in part.flex_trips)
    used = {*timetable.trip_shape.tolist(), *map(timetable.shape_ids.index_of, flex)} - {-1, None}
    for shape in sorted(used):
        name = cell(part.name(timetable.shape_ids[shape]))
        points = slice(int(timetable.shape_first[shape]), int(timetable.shape_first[shape + 1]))
        yield "".join(
            f"{name},{lat:.6f},{lon:.6f},{number},{distance}\n"
            for number, (lat, lon, distance) in enumerate(
                zip(
                    timetable.shape_lat[points].tolist(),
                    timetable.shape_lon[points].tolist(),
                    _distances(timetable.shape_distance[points]),
                    strict=True,
                )
            )
        )


def _distances(values: np.ndarray[Any, Any]) -> list[str]:
    """Distances with all digits of a float32: with fewer, two stops could have the same one."""
    # A NaN, which differs from itself, is no distance.
    return ["" if value != value else f"{value:.9g}" for value in values.tolist()]


def transfers(part: FeedPart) -> Iterator[str]:
    """transfers.txt: the transfers between stops, then those of a route or trip."""
    timetable = part.timetable
    for origin, target, transfer_type, seconds in zip(
        timetable.transfer_from.tolist(),
        timetable.transfer_to.tolist(),
        timetable.transfer_type.tolist(),
        timetable.transfer_seconds.tolist(),
        strict=True,
    ):
        yield line(
            part.name(timetable.stop_ids[origin]),
            part.name(timetable.stop_ids[target]),
            *("",) * 4,
            transfer_type,
            seconds if seconds >= 0 else "",
        )
    yield from published_lines(part, "transfers_by_trip", TRANSFERS)
