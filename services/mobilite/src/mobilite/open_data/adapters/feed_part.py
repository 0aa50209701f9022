"""One feed of the merged schedule, with its ids as global ids; and the lines of CSV files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mobilite.gtfs.domain.ids import global_id
from mobilite.open_data.domain.merged_network import MergedFeed
from mobilite.timetable.domain.agencies import agency_id
from mobilite.timetable.domain.strings import Strings
from mobilite.timetable.domain.timetable import Timetable

_NOTED: Final = {
    "stops.zone_id": ("fare_zones",),
    "calendar.service_id": ("calendar", "calendar_dates"),
    "trips.trip_id": ("flex_trips",),
}
"""The tables of `Timetable.notes` with the objects of a reference; by default that of its file."""


def cell(value: object) -> str:
    """One value of a line, quoted if necessary (RFC 4180)."""
    text = "" if value is None else str(value)
    if any(mark in text for mark in ',"\n\r'):
        return '"' + text.replace('"', '""') + '"'
    return text


def line(*values: object) -> str:
    """One line of a file."""
    return ",".join(map(cell, values)) + "\n"


@dataclass(frozen=True, slots=True)
class FeedPart:
    """One feed of the merged schedule."""

    feed: MergedFeed
    timetable: Timetable
    trips: Sequence[int]
    """One row for each trip: its only one, or the first run of a frequency-based trip."""
    flex_trips: Sequence[dict[str, Any]]
    """The rows of demand-responsive trips, as published."""
    _noted: dict[str, frozenset[str]] = field(default_factory=dict)
    """The local ids that `Timetable.notes` has, by reference."""

    @staticmethod
    def of(feed: MergedFeed, timetable: Timetable) -> "FeedPart":
        """The part of a feed; `timetable` is its packed file."""
        starts = timetable.trip_start
        rows = []
        previous_id = ""
        for row in range(len(timetable.trip_ids)):
            if starts[row] < 0:
                rows.append(row)
                continue
            # The runs of a frequency-based trip are adjacent rows.
            trip_id = timetable.trip_ids[row]
            if trip_id != previous_id:
                rows.append(row)
            previous_id = trip_id
        return FeedPart(feed, timetable, rows, [*timetable.notes.rows("flex_trips")])

    def name(self, local: str) -> str:
        """The global id of an object of this feed; "" for "" (none)."""
        return global_id(self.feed.feed_id, local) if local else ""

    def names(self, column: Strings) -> list[str]:
        """The global ids of a column, quoted as cells."""
        return [cell(self.name(local)) for local in column]

    def exists(self, reference: str, local: str) -> bool:
        """Whether the object with this local id exists. `reference`: its file and column, as
        `stops.stop_id`."""
        timetable = self.timetable
        columns = {
            "stops.stop_id": timetable.stop_ids,
            "routes.route_id": timetable.route_ids,
            "trips.trip_id": timetable.trip_ids,
            "calendar.service_id": timetable.service_ids,
        }
        if reference in columns and columns[reference].index_of(local) is not None:
            return True
        if reference == "agency.agency_id":
            return local in self.agencies()
        if reference not in self._noted:
            self._noted[reference] = frozenset(self._noted_ids(reference))
        return local in self._noted[reference]

    def agencies(self) -> list[str]:
        """The local id of each agency."""
        return [agency_id(self.timetable, row) for row in range(len(self.timetable.agency_ids))]

    def _noted_ids(self, reference: str) -> Iterator[str]:
        file, _, column = reference.partition(".")
        for note in _NOTED.get(reference, (file,)):
            for row in self.timetable.notes.rows(note):
                if column in row:
                    yield str(row[column])
