"""TripModifications: detours of trips on some days, and the runs that each of them modifies.

https://gtfs.org/documentation/realtime/feed-entities/trip-modifications/
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.timetable.domain.timetable import Timetable


@dataclass(frozen=True, slots=True)
class StopSelector:
    """Selects a call of a trip."""

    stop_sequence: int | None = None
    stop_id: str | None = None


@dataclass(frozen=True, slots=True)
class ReplacementStop:
    """A stop that the detour serves."""

    stop_id: str
    travel_time: int | None = None
    """Seconds from the arrival at the reference stop: the call before the replaced ones, or the
    first call of the trip if that is replaced."""


@dataclass(frozen=True, slots=True)
class Modification:
    """Calls that are replaced by others."""

    start: StopSelector
    """The first call replaced; without `end`, the call before which stops are inserted."""
    end: StopSelector | None = None
    """The last call replaced; None: none is replaced."""
    delay: int = 0
    """Seconds by which the later calls are delayed (propagated_modification_delay)."""
    replacement_stops: tuple[ReplacementStop, ...] = ()


@dataclass(frozen=True, slots=True)
class TripModifications:
    """One TripModifications of one feed."""

    key: str
    """The record key."""
    source: int
    """The number of the address in its feed."""
    entity_id: str
    """What trip updates of the modified trips refer to."""
    seen_at: int
    """When it was published, in POSIX seconds."""
    shape_ids: Mapping[str, str | None]
    """The selected trips, by id, with the shape they have then; None: not given."""
    service_dates: tuple[ServiceDate, ...] = ()
    start_times: frozenset[int] = frozenset()
    """The runs of a frequency-based trip, by start in seconds; empty: all."""
    modifications: tuple[Modification, ...] = ()


def modifications_by_run(
    timetable: Timetable, modifications: Mapping[str, TripModifications]
) -> dict[RunKey, TripModifications]:
    """The modifications of each run. Of several for one run, which GTFS forbids, those published
    last."""
    found: dict[RunKey, TripModifications] = {}
    for each in sorted(modifications.values(), key=lambda each: (each.seen_at, each.key)):
        found.update(dict.fromkeys(_runs_of(timetable, each), each))
    return found


def _runs_of(timetable: Timetable, modifications: TripModifications) -> Iterator[RunKey]:
    starts = modifications.start_times
    for trip_id in modifications.shape_ids:
        for row in timetable.trip_ids.indexes_of(trip_id).tolist():
            start = int(timetable.trip_start[row])
            if start >= 0 and starts and start not in starts:
                continue
            for day in modifications.service_dates:
                if timetable.runs_on(row, day):
                    yield RunKey(row, day.day.toordinal())
