"""The patterns of one feed: trips with the same stops, rules, route and equipment.

A pattern is what a search scans: its trips differ in their times only.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from mobilite.journeys.domain.change_rules import ChangeRules, call_points, change_rules_of
from mobilite.journeys.domain.in_seat.trip_links import TripLinks, trip_links_of
from mobilite.timetable.domain.timetable import I8, I32, Bool, Timetable

NO_BOARDING: Final = 1
"""The pickup_type, and the drop_off_type, "not available"."""


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """The patterns of one feed. Stops, routes and trips are rows of its timetable."""

    of_trip: I32
    """[trips] → patterns."""
    first: I32
    """[patterns + 1]: CSR → the entries of the three arrays below."""
    point: I32
    """→ stops, or the points of stops after them (`change_rules`)."""
    boardable: Bool
    """Whether people may board there: pickup_type is not 1, and it is not the last call."""
    alightable: Bool
    """Whether people may alight there: drop_off_type is not 1, and it is not the first call."""
    route: I32
    """[patterns] → routes."""
    wheelchair: I8
    """[patterns]: wheelchair_accessible, 0–2."""
    bikes: I8
    """[patterns]: bikes_allowed, 0–2."""
    cars: I8
    """[patterns]: cars_allowed, 0–2."""
    rules: ChangeRules
    links: TripLinks


def patterns_of(timetable: Timetable) -> Patterns:
    """Group the trips of a feed. Computed once per feed version."""
    first, rules = timetable.trip_first, change_rules_of(timetable)
    point = call_points(timetable, rules)
    boardable = timetable.call_pickup != NO_BOARDING
    alightable = timetable.call_drop_off != NO_BOARDING
    boardable[first[1:] - 1] = False
    alightable[first[:-1]] = False
    codes = (point * 4 + boardable * 2 + alightable).astype(np.int32)
    equipment = (timetable.trip_wheelchair * 3 + timetable.trip_bikes) * 3 + timetable.trip_cars
    blob, bounds = codes.tobytes(), (first * codes.itemsize).tolist()
    keys = zip(
        timetable.trip_route.tolist(), equipment.tolist(), bounds[:-1], bounds[1:], strict=True
    )
    number: dict[tuple[int, int, bytes], int] = {}
    of_trip = np.fromiter(
        (
            number.setdefault((route, equipped, blob[begin:end]), len(number))
            for route, equipped, begin, end in keys
        ),
        np.int32,
        len(first) - 1,
    )
    _, example = np.unique(of_trip, return_index=True)
    lengths = (first[1:] - first[:-1])[example]
    calls = np.repeat(first[example] - np.cumsum(lengths) + lengths, lengths)
    calls = calls + np.arange(len(calls))
    return Patterns(
        of_trip=of_trip,
        first=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32),
        point=point[calls],
        boardable=boardable[calls],
        alightable=alightable[calls],
        route=timetable.trip_route[example].astype(np.int32),
        wheelchair=timetable.trip_wheelchair[example],
        bikes=timetable.trip_bikes[example],
        cars=timetable.trip_cars[example],
        rules=rules,
        links=trip_links_of(timetable),
    )
