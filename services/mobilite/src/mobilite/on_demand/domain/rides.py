"""Rides that demand-responsive trips offer: on which day, when, how long, until when to book.

A ride is one trip between two of its calls. Its time is that of a car over the straight distance
× 1.3 at 30 km/h, changed by the factor and the offset of the trip.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.on_demand.domain.booking import BookingRule
from mobilite.on_demand.domain.trips import OnDemandCall, OnDemandTrip, OnDemandTrips
from mobilite.timetable.domain.timetable import I64, Bool

CAR_SPEED: Final = 30 / 3.6
"""Metres a second, on the roads of a village."""
SHORTEST_RIDE: Final = 60
"""Seconds."""


class Interval(NamedTuple):
    """The first and the last instant, in POSIX seconds."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Booking:
    """What to do to have a ride. Instants are POSIX seconds."""

    until: int
    opens: int | None
    """None: at any time before `until`."""
    rules: tuple[BookingRule, ...]
    """Of the pick-up, then of the drop-off if that has another; none: only the agency is known."""


@dataclass(frozen=True, slots=True, eq=False)
class OfferedRide:
    """A trip of one service day between two of its calls."""

    trips: OnDemandTrips
    trip: OnDemandTrip
    day: ServiceDate
    pick_up: OnDemandCall
    drop_off: OnDemandCall

    def seconds(self, metres: I64) -> I64:
        """How long rides take. `metres`: of each."""
        by_car = metres / CAR_SPEED
        taken = by_car * self.trip.duration_factor + self.trip.duration_offset
        found: I64 = np.maximum(SHORTEST_RIDE, np.ceil(taken)).astype(np.int64)
        return found

    def pick_ups(self, seconds: I64, *, now: int) -> tuple[I64, I64] | None:
        """When rides of so many seconds can start, if they are booked at `now` (POSIX seconds) or
        later: the first and the last instant of each, of which the first is later where the ride
        cannot be booked. None if none can."""
        zone, dates = self.trips.zone_of(self.trip), self.trips.dates
        start = int(self.day.start(zone).timestamp())
        earliest = now
        for rule in self._rules():
            bookable = rule.first_pick_up(self.day, now, zone, dates)
            if bookable is None:
                return None
            earliest = max(earliest, bookable)
        first = start + np.maximum(self.pick_up.opens, self.drop_off.opens - seconds)
        last = start + np.minimum(self.pick_up.closes, self.drop_off.closes - seconds)
        return np.maximum(first, earliest), last

    def booking(self, pick_up: int) -> Booking:
        """How to book the ride that starts at `pick_up` (POSIX seconds)."""
        zone, dates, rules = self.trips.zone_of(self.trip), self.trips.dates, self._rules()
        until = min([pick_up, *(each.closes(self.day, pick_up, zone, dates) for each in rules)])
        opens = [
            instant
            for each in rules
            if (instant := each.opens(self.day, pick_up, zone, dates)) is not None
        ]
        return Booking(until, max(opens, default=None), rules)

    def _rules(self) -> tuple[BookingRule, ...]:
        both = self.pick_up.pick_up_rule, self.drop_off.drop_off_rule
        return tuple(dict.fromkeys(rule for rule in both if rule is not None))


def offered_rides(
    trips: OnDemandTrips,
    day: ServiceDate,
    during: Interval,
    where: Bool,
    *,
    wheelchair: bool = False,
    bicycle: bool = False,
) -> Iterator[OfferedRide]:
    """The rides of the trips that run on a service date whose pick-up can be in a span of time,
    whatever they take. `where`: which rides of the trips are wanted. With `wheelchair`, without the
    trips that take none; with `bicycle`, of those alone that are known to take them."""
    start = int(day.start(trips.timetable.zone(0)).timestamp())
    near = (trips.opens <= during.last - start) & (trips.closes >= during.first - start)
    near &= where & trips.timetable.services_on(day)[trips.services]
    for row in np.flatnonzero(near).tolist():
        trip, pick_up, drop_off = trips.rides[row]
        excludes_wheelchair = wheelchair and trip.wheelchair == NOT_POSSIBLE
        if not excludes_wheelchair and (not bicycle or trip.bikes == POSSIBLE):
            yield OfferedRide(trips, trip, day, pick_up, drop_off)


POSSIBLE, NOT_POSSIBLE = 1, 2
"""The values "yes" and "no" of wheelchair_accessible and bikes_allowed."""
