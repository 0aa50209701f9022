"""Passages as an Arrow table: the columns of the archive, which are public.

One row per planned or added call of a service date and source. Each source has every planned call,
so anybody can compute the number of observations and their coverage again from the rows of one
source alone. A feed of which nothing was observed has the source `none`.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa

from mobilite.gtfs.domain.ids import FeedId
from mobilite.passages.domain.passage import HORIZONS, Passage
from mobilite.timetable.domain.booked_trips import booked_trips
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.strings import Strings

_TEXT: Final = pa.dictionary(pa.int32(), pa.string())
_INSTANT: Final = pa.timestamp("s", tz="UTC")
FORECASTS: Final = tuple(f"forecast_{minutes}" for minutes in HORIZONS)
_COLUMNS: Final[Mapping[str, tuple[Any, str]]] = {
    "service_date": (pa.date32(), "GTFS service date of the run"),
    "feed_id": (_TEXT, "the feed"),
    "route_id": (_TEXT, "id inside the feed"),
    "route_type": (pa.int16(), "GTFS route_type; -1: unknown"),
    "trip_id": (_TEXT, "id inside the feed"),
    "start_time": (pa.int32(), "planned first departure, seconds of the service day"),
    "direction_id": (pa.int8(), "GTFS direction_id; -1: unknown"),
    "stop_sequence": (pa.int16(), "position of the call in its run, from 0"),
    "last": (pa.bool_(), "whether it is the terminus of the run"),
    "stop_id": (_TEXT, "the planned stop, id inside the feed"),
    "scheduled_arrival": (_INSTANT, "null: not planned"),
    "scheduled_departure": (_INSTANT, "null: not planned"),
    "state": (_TEXT, "observed, cancelled, skipped, not_observed, added"),
    "source": (_TEXT, "predictions, positions, none"),
    "cancelled_known_at": (_INSTANT, "when cancelled or skipped was first known"),
    "observed_arrival": (_INSTANT, "null: not observed"),
    "observed_departure": (_INSTANT, "null: not observed"),
    **{
        name: (_INSTANT, f"arrival (first call: departure) forecast {minutes} min before")
        for name, minutes in zip(FORECASTS, HORIZONS, strict=True)
    },
}
COLUMN_DESCRIPTIONS: Final = {name: about for name, (_, about) in _COLUMNS.items()}
SCHEMA: Final = pa.schema(
    [
        pa.field(name, column, metadata={"description": about})
        for name, (column, about) in _COLUMNS.items()
    ]
)


def passage_table(passages: Sequence[Passage], feed_id: FeedId) -> pa.Table:
    """The rows of passages of a feed, in their order."""
    runs = [each.run for each in passages]
    columns: dict[str, Sequence[Any]] = {
        "service_date": [date.fromordinal(each.name.day) for each in runs],
        "feed_id": [feed_id] * len(runs),
        "route_id": [each.route_id for each in runs],
        "route_type": [each.route_type for each in runs],
        "trip_id": [each.name.trip_id for each in runs],
        "start_time": [each.name.start_time for each in runs],
        "direction_id": [each.direction_id for each in runs],
        "stop_sequence": [each.position for each in passages],
        "last": [each.position == each.run.calls - 1 for each in passages],
        "stop_id": [each.stop_id for each in passages],
        "scheduled_arrival": [each.scheduled_arrival for each in passages],
        "scheduled_departure": [each.scheduled_departure for each in passages],
        "state": [each.state for each in passages],
        "source": [each.source for each in passages],
        "cancelled_known_at": [each.cancelled_known_at for each in passages],
        "observed_arrival": [each.observed_arrival for each in passages],
        "observed_departure": [each.observed_departure for each in passages],
    }
    for index, name in enumerate(FORECASTS):
        columns[name] = [each.forecasts[index] for each in passages]
    return pa.table({name: pa.array(columns[name], SCHEMA.field(name).type) for name in columns})


def planned_table(schedule: FeedSchedule, day: int) -> pa.Table:
    """Every planned call of a service date (an ordinal), not observed, of the source `none`.
    A trip that runs only if somebody has booked it plans none."""
    timetable = schedule.timetable
    running = schedule.services_on(day)[timetable.trip_service]
    runs = running & ~booked_trips(timetable)
    calls = np.flatnonzero(runs[timetable.call_trip]).astype(np.int32)
    trips = timetable.call_trip[calls]
    routes, first = timetable.trip_route[trips], timetable.trip_first
    starts = schedule.zone_starts(day)[timetable.service_zone[timetable.trip_service[trips]]]
    start_times = timetable.trip_start[trips]
    leaves = timetable.call_departure[first[trips]]
    rows = len(calls)
    columns = {
        "service_date": pa.repeat(pa.scalar(date.fromordinal(day), pa.date32()), rows),
        "feed_id": _repeated(timetable.feed_id, rows),
        "route_id": _texts(timetable.route_ids, routes),
        "route_type": pa.array(timetable.route_type[routes].astype(np.int16)),
        "trip_id": _texts(timetable.trip_ids, trips),
        "start_time": pa.array(np.where(start_times >= 0, start_times, leaves).astype(np.int32)),
        "direction_id": pa.array(timetable.trip_direction[trips].astype(np.int8)),
        "stop_sequence": pa.array((calls - first[trips]).astype(np.int16)),
        "last": pa.array(calls == first[trips + 1] - 1),
        "stop_id": _texts(timetable.stop_ids, timetable.call_stop[calls]),
        "scheduled_arrival": pa.array(starts + timetable.call_arrival[calls]).cast(_INSTANT),
        "scheduled_departure": pa.array(starts + timetable.call_departure[calls]).cast(_INSTANT),
        "state": _repeated("not_observed", rows),
        "source": _repeated("none", rows),
    }
    empty = {name: pa.nulls(rows, SCHEMA.field(name).type) for name in SCHEMA.names}
    return pa.table({**empty, **columns}, schema=SCHEMA)


def _repeated(text: str, rows: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), pa.array([text]))


def _texts(strings: Strings, rows: Any) -> pa.Array:
    """The texts of rows of a timetable."""
    used, indexes = np.unique(rows, return_inverse=True)
    words = pa.array([strings[int(row)] for row in used], pa.string())
    return pa.DictionaryArray.from_arrays(indexes.astype(np.int32), words)
