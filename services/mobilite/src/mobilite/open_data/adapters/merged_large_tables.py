"""The large tables of the merged schedule (calls and shapes), written in chunks; and tables
whose rows reference several objects, all of which must exist.

https://gtfs.org/documentation/schedule/reference/#stop_timestxt
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import numpy as np

from mobilite.gtfs.domain.clock_times import format_time
from mobilite.open_data.adapters.merged_tables import FeedPart, cell, line

HEADERS: Final = {
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence,stop_headsign,"
    "pickup_type,drop_off_type,shape_dist_traveled,timepoint",
    "shapes": "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence,shape_dist_traveled",
    "transfers": "from_stop_id,to_stop_id,from_route_id,to_route_id,from_trip_id,to_trip_id,"
    "transfer_type,min_transfer_time",
    "levels": "level_id,level_index,level_name",
    "pathways": "pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,length,"
    "traversal_time,stair_count,max_slope,min_width,signposted_as,reversed_signposted_as",
}
_CHUNK_ROWS: Final = 20_000
"""Rows written together: a few megabytes of text at a time."""
_time = lru_cache(maxsize=200_000)(format_time)


def stop_times(part: FeedPart) -> Iterator[str]:
    """stop_times.txt, in chunks. A frequency-based trip has the times of its first run: GTFS uses
    only the differences between them."""
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
            f"{headsigns[headsign]},{pickup or ''},{drop_off or ''},{distance},{timepoint}\n"
            for trip, arrival, departure, at, sequence, headsign, pickup, drop_off, distance,
            timepoint in zip(
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
                strict=True,
            )
        )  # fmt: skip


def shapes(part: FeedPart) -> Iterator[str]:
    """shapes.txt: the shapes in use, one chunk each."""
    timetable = part.timetable
    used = np.unique(timetable.trip_shape)
    for shape in used[used >= 0].tolist():
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
    yield from _published_rows(part, "transfers_by_trip", "transfers")


def levels(part: FeedPart) -> Iterator[str]:
    """levels.txt"""
    return _published_rows(part, "levels", "levels")


def pathways(part: FeedPart) -> Iterator[str]:
    """pathways.txt"""
    return _published_rows(part, "pathways", "pathways")


def _published_rows(part: FeedPart, note: str, file: str) -> Iterator[str]:
    """Rows of `Timetable.notes[note]`, which are stored as published, with global ids; without
    those that refer to an object that is not in the timetable. `file`: for the columns."""
    columns = HEADERS[file].split(",")
    for row in part.timetable.notes.rows(note):
        if all(_exists(part, name, str(row[name])) for name in columns if name in row):
            yield line(*(_published_value(part, name, row.get(name, "")) for name in columns))


def _published_value(part: FeedPart, column: str, value: object) -> object:
    return part.name(str(value)) if column.endswith("_id") else value


def _exists(part: FeedPart, column: str, local: str) -> bool:
    """Whether the object to which a column refers exists; true for other columns."""
    for entity in ("stop", "route", "trip"):
        if column in (f"from_{entity}_id", f"to_{entity}_id"):
            return getattr(part.timetable, f"{entity}_ids").index_of(local) is not None
    return True
