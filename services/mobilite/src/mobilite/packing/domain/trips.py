"""trips.txt: the trips of known routes that run on some day.

https://gtfs.org/documentation/schedule/reference/#tripstxt
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np
from numpy.typing import NDArray

from mobilite.packing.domain.network import Routes
from mobilite.packing.domain.report import Report
from mobilite.packing.domain.services import Services
from mobilite.packing.domain.tables import Table, first_of_each, rows_of
from mobilite.timetable.domain.timetable import I8, I32


@dataclass(slots=True)
class TextPool:
    """Collects texts that are often repeated: the rows of the timetable's `texts`."""

    rows: dict[str, int] = field(default_factory=dict)
    """By text."""

    def add(self, texts: list[str]) -> I32:
        """int32[n]: the row of each text, -1 for ""."""
        rows = self.rows
        return np.fromiter(
            (rows.setdefault(text, len(rows)) if text else -1 for text in texts),
            np.int32,
            len(texts),
        )


@dataclass(frozen=True, slots=True)
class Trips:
    """Trips by row; the fields are those of `Timetable` with the prefix `trip_`."""

    ids: NDArray[np.object_]
    route: I32
    service: I32
    headsign: I32
    short_name: I32
    block: I32
    shape: I32
    direction: I8
    wheelchair: I8
    bikes: I8
    cars: I8
    start: I32
    exact_times: I8

    def take(self, rows: I32) -> "Trips":
        """The trips of these rows, in this order; a row can occur several times."""
        return replace(self, **{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def pack_trips(
    table: Table,
    *,
    routes: Routes,
    services: Services,
    shapes: Sequence[str],
    pool: TextPool,
    report: Report,
) -> Trips:
    """Read the trips; those of an unknown route, or that run on no day, are dropped.

    `shapes` are the ids of the shapes, by row. A trip of an unknown shape has none.
    """
    table = first_of_each(table, "trip_id", "trips.txt", report)
    route = rows_of(table.texts("route_id"), {text: i for i, text in enumerate(routes.ids)})
    service = rows_of(table.texts("service_id"), _running(services))
    ids = table.texts("trip_id")
    report.add_rows("trips.txt", "unknown_route", route < 0, ids)
    report.add_rows("trips.txt", "unknown_service", (service < 0) & (route >= 0), ids)
    retained = (route >= 0) & (service >= 0)
    table, route, service = table.take(retained), route[retained], service[retained]

    return Trips(
        ids=np.array(table.texts("trip_id"), dtype=object),
        route=route,
        service=service,
        headsign=pool.add(table.texts("trip_headsign")),
        short_name=pool.add(table.texts("trip_short_name")),
        block=pool.add(table.texts("block_id")),
        shape=_shape(table, shapes, report),
        direction=table.choices("direction_id", (0, 1), -1),
        wheelchair=table.choices("wheelchair_accessible", (0, 1, 2), 0),
        bikes=table.choices("bikes_allowed", (0, 1, 2), 0),
        cars=table.choices("cars_allowed", (0, 1, 2), 0),
        start=np.full(table.rows, -1, dtype=np.int32),  # `expand_frequencies` sets both
        exact_times=np.full(table.rows, -1, dtype=np.int8),
    )


def _running(services: Services) -> dict[str, int]:
    """The row of each service that runs on some day."""
    runs = np.asarray(services.days.any(axis=1), dtype=np.bool_)
    return {text: i for i, text in enumerate(services.ids) if runs[i]}


def _shape(table: Table, shapes: Sequence[str], report: Report) -> I32:
    shape_ids = table.texts("shape_id")
    shape = rows_of(shape_ids, {text: i for i, text in enumerate(shapes)})
    given = np.fromiter((bool(text) for text in shape_ids), np.bool_, len(shape_ids))
    report.add_rows("trips.txt", "unknown_shape", given & (shape < 0), shape_ids)
    return shape
