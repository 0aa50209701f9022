"""Writes the supply of a timetable (`supply_files.py`). Imported by the worker only."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from mobilite.machine.adapters.atomic_file import atomic_file
from mobilite.supply.adapters.path_lengths import PathLengths, measure_paths
from mobilite.supply.adapters.route_stats import compute_stats
from mobilite.supply.adapters.supply_files import TABLES, table_path
from mobilite.supply.domain.day_spans import DaySpan, describe_day
from mobilite.supply.domain.offered_trips import OfferedTrips, read_trips
from mobilite.supply.domain.route_days import NETWORK, Calendar, find_route_days
from mobilite.supply.domain.stop_departures import count_departures
from mobilite.timetable.domain.strings import Strings
from mobilite.timetable.domain.timetable import Timetable

_ROW_GROUP: Final = 65_536
_EPOCH: Final = 719_163
"""The ordinal of 1970-01-01, day 0 of Parquet."""


def write_supply(timetable: Timetable, folder: Path, sha256: str) -> int:
    """Compute and write the files of a version. Returns the number of distinct route days. Raises
    OSError if a file cannot be written."""
    trips = read_trips(timetable)
    calendar = find_route_days(trips, timetable.service_days)
    lengths = measure_paths(timetable, trips.paths)
    tables = {
        "routes": _routes(timetable, trips, calendar, lengths),
        "stops": _stops(timetable),
        "services": _services(timetable),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        with atomic_file(folder) as part:
            pq.write_table(
                tables[name], part.content, compression="zstd", row_group_size=_ROW_GROUP
            )
            part.install(table_path(folder, sha256, name))
    return len(calendar.route_days)


def _routes(
    timetable: Timetable, trips: OfferedTrips, calendar: Calendar, lengths: PathLengths
) -> pa.Table:
    stats = compute_stats(trips, calendar.route_days, lengths)
    spans = [describe_day(each, trips, lengths.straight) for each in calendar.route_days]
    routes = [each.route for each in calendar.route_days]
    applying = np.concatenate([np.zeros(0, np.int32), *calendar.dates])
    days = np.repeat(np.arange(len(calendar.dates)), [len(each) for each in calendar.dates])
    figures = pa.table(
        {
            "route_id": _texts(timetable.route_ids, routes),
            "pattern": pa.array(range(len(spans)), pa.int32()),
            "trips": pa.array(stats["trips"].to_numpy().astype(np.int32)),
            "service_hours": pa.array(stats["service_hours"].to_numpy(np.float64)),
            "service_km": pa.array(stats["service_km"].to_numpy(np.float64), from_pandas=True),
            "peak_vehicles": pa.array(stats["peak_vehicles"].to_numpy().astype(np.int32)),
            **_span_columns(spans),
        }
    )
    return figures.take(pa.array(applying)).add_column(0, "date", _dates(timetable, days))


def _span_columns(spans: list[DaySpan]) -> dict[str, pa.Array]:
    integers = {
        "first_departure": [each.first_departure for each in spans],
        "last_departure": [each.last_departure for each in spans],
        "last_arrival": [each.last_arrival for each in spans],
        "headways": [each.headways.count for each in spans],
        "stops": [each.stops for each in spans],
        "routes": [each.routes for each in spans],
    }
    real = {
        "headway_mean_s": [each.headways.mean for each in spans],
        "headway_median_s": [each.headways.median for each in spans],
        "headway_peak_s": [each.headways.peak for each in spans],
    }
    along = pa.array([each.measured_along for each in spans], pa.string()).dictionary_encode()
    return {
        **{name: pa.array(values, pa.int32()) for name, values in integers.items()},
        **{name: pa.array(values, pa.float64()) for name, values in real.items()},
        "measured_along": along,
    }


def _stops(timetable: Timetable) -> pa.Table:
    counted = count_departures(timetable)
    return pa.table(
        {
            "stop_id": _texts(timetable.stop_ids, counted.stop.tolist()),
            "service": pa.array(counted.service, pa.int32()),
            "departures": pa.array(counted.departures, pa.int32()),
            "first_departure": pa.array(counted.first, pa.int32()),
            "last_departure": pa.array(counted.last, pa.int32()),
        }
    )


def _services(timetable: Timetable) -> pa.Table:
    days, services = np.nonzero(timetable.service_days.T)
    return pa.table({"date": _dates(timetable, days), "service": pa.array(services, pa.int32())})


def _texts(column: Strings, rows: list[int]) -> pa.Array:
    """The texts of these rows, dictionary-encoded; null for NETWORK."""
    texts = [None if row == NETWORK else column[row] for row in rows]
    return pa.array(texts, pa.string()).dictionary_encode()


def _dates(timetable: Timetable, days: NDArray[Any]) -> pa.Array:
    return pa.array((timetable.first_day - _EPOCH + days).astype(np.int32)).cast(pa.date32())
