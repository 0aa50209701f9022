"""The part of a run that predictions do not change: a trip of the timetable, one built from a
trip update (`added_trips.py`), or a modified one (`modified_trips.py`). Boards, exports
and alerts use all of them through one Protocol.

Positions count the calls of a run from 0. Stops, routes and directions are rows and codes of the
timetable, -1 for none.
"""

from dataclasses import dataclass
from typing import Protocol

from mobilite.timetable.domain.timetable import Timetable


class RunTrip(Protocol):
    """The trip of a run, of the timetable or built from an update."""

    @property
    def trip_id(self) -> str:
        """Its id inside the feed."""
        ...

    @property
    def row(self) -> int:
        """The timetable trip that it is, replaces or copies, or whose id it has; -1 for none."""
        ...

    @property
    def outside_timetable(self) -> bool:
        """Whether its calls are those of a trip update, not of the timetable."""
        ...

    @property
    def modified(self) -> bool:
        """Whether it is a trip of the timetable with TripModifications."""
        ...

    @property
    def route(self) -> int:
        """Its route, a row; -1 if it is not in the timetable."""
        ...

    @property
    def route_id(self) -> str:
        """The id of its route in the timetable or the update."""
        ...

    @property
    def direction(self) -> int:
        """0, 1 or -1."""
        ...

    @property
    def start(self) -> int | None:
        """The start that distinguishes it from other runs of its trip id, in seconds of the
        service day; None if the id identifies it."""
        ...

    @property
    def wheelchair(self) -> int:
        """wheelchair_accessible, 0–2."""
        ...

    def __len__(self) -> int:
        """The number of calls."""
        ...

    def stop(self, position: int) -> int:
        """The scheduled stop of a call."""
        ...

    def sequence(self, position: int) -> int:
        """The stop_sequence of a call."""
        ...

    def headsign(self, position: int) -> str:
        """The headsign at a call; the last stop if there is none, "" if that is unknown."""
        ...

    def pickup(self, position: int) -> int:
        """pickup_type, 0–3."""
        ...

    def drop_off(self, position: int) -> int:
        """drop_off_type, 0–3."""
        ...

    def approximate(self, position: int) -> bool:
        """Whether the schedule is approximate there."""
        ...

    def planned(self, position: int) -> bool:
        """Whether a scheduled time exists there: without one a call is neither late nor early."""
        ...

    def replacement(self, position: int) -> bool:
        """Whether TripModifications add that call."""
        ...

    @property
    def continues(self) -> bool:
        """Whether it goes on after its last call, to stops that are not in the timetable: it can
        be boarded at that call."""
        ...


@dataclass(frozen=True, slots=True)
class TimetableTrip:
    """A trip of the timetable, read from its arrays. Implements `RunTrip`."""

    timetable: Timetable
    row: int

    @property
    def trip_id(self) -> str:
        return self.timetable.trip_ids[self.row]

    @property
    def outside_timetable(self) -> bool:
        return False

    @property
    def modified(self) -> bool:
        return False

    @property
    def route(self) -> int:
        return int(self.timetable.trip_route[self.row])

    @property
    def route_id(self) -> str:
        return self.timetable.route_ids[self.route]

    @property
    def direction(self) -> int:
        return int(self.timetable.trip_direction[self.row])

    @property
    def start(self) -> int | None:
        start = int(self.timetable.trip_start[self.row])
        return None if start < 0 else start

    @property
    def wheelchair(self) -> int:
        return int(self.timetable.trip_wheelchair[self.row])

    def __len__(self) -> int:
        first = self.timetable.trip_first
        return int(first[self.row + 1]) - int(first[self.row])

    def call(self, position: int) -> int:
        """The row of a call."""
        return int(self.timetable.trip_first[self.row]) + position

    def stop(self, position: int) -> int:
        return int(self.timetable.call_stop[self.call(position)])

    def sequence(self, position: int) -> int:
        return int(self.timetable.call_sequence[self.call(position)])

    def headsign(self, position: int) -> str:
        headsign_text = self.timetable.headsign(self.call(position))
        return headsign_text or self.timetable.stop_names[self.stop(len(self) - 1)]

    def pickup(self, position: int) -> int:
        return int(self.timetable.call_pickup[self.call(position)])

    def drop_off(self, position: int) -> int:
        return int(self.timetable.call_drop_off[self.call(position)])

    def approximate(self, position: int) -> bool:
        timepoint = self.timetable.call_timepoint[self.call(position)]
        return bool(timepoint == 0 or self.timetable.trip_exact_times[self.row] == 0)

    def planned(self, position: int) -> bool:
        return True

    def replacement(self, position: int) -> bool:
        return False

    @property
    def continues(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class AddedCall:
    """A call of a run outside the timetable or modified; the fields are those of `RunTrip`."""

    stop: int
    sequence: int
    headsign: str
    pickup: int = 0
    drop_off: int = 0
    approximate: bool = False
    planned: bool = True
    replacement: bool = False


@dataclass(frozen=True, slots=True)
class AddedTripInfo:
    """A trip built from a trip update or TripModifications. Implements `RunTrip`, which documents
    its fields."""

    trip_id: str
    row: int
    route: int
    route_id: str
    direction: int
    start: int | None
    wheelchair: int
    calls: tuple[AddedCall, ...]
    short_name: str | None = None
    """GTFS's trip_short_name."""
    shape_id: str | None = None
    continues: bool = False
    modified: bool = False

    @property
    def outside_timetable(self) -> bool:
        return not self.modified

    def __len__(self) -> int:
        return len(self.calls)

    def stop(self, position: int) -> int:
        return self.calls[position].stop

    def sequence(self, position: int) -> int:
        return self.calls[position].sequence

    def headsign(self, position: int) -> str:
        return self.calls[position].headsign

    def pickup(self, position: int) -> int:
        return self.calls[position].pickup

    def drop_off(self, position: int) -> int:
        return self.calls[position].drop_off

    def approximate(self, position: int) -> bool:
        return self.calls[position].approximate

    def planned(self, position: int) -> bool:
        return self.calls[position].planned

    def replacement(self, position: int) -> bool:
        return self.calls[position].replacement
