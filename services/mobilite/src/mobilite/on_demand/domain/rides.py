"""Rides that demand-responsive trips offer: on which day, when, how long, until when to book.

A ride is one trip between two of its calls. Its time is that of a car over the straight distance
× 1.3 at 30 km/h, changed by the factor and the offset of the trip.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import ceil
from typing import Final, NamedTuple

from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.on_demand.domain.booking import BookingRule
from mobilite.on_demand.domain.trips import OnDemandCall, OnDemandTrip, OnDemandTrips

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

    def seconds(self, metres: int) -> int:
        """How long a ride takes. `metres`: of the way."""
        by_car = metres / CAR_SPEED
        taken = by_car * self.trip.duration_factor + self.trip.duration_offset
        return max(SHORTEST_RIDE, ceil(taken))

    def pick_ups(self, seconds: int, *, now: int) -> Interval | None:
        """When a ride of so many seconds can start, if it is booked at `now` (POSIX seconds) or
        later; None if it cannot."""
        zone, dates = self.trips.zone_of(self.trip), self.trips.dates
        start = int(self.day.start(zone).timestamp())
        first = start + max(self.pick_up.opens, self.drop_off.opens - seconds)
        last = start + min(self.pick_up.closes, self.drop_off.closes - seconds)
        for rule in self._rules():
            bookable = rule.first_pick_up(self.day, last, now, zone, dates)
            if bookable is None:
                return None
            first = max(first, bookable)
        first = max(first, now)
        return Interval(first, last) if first <= last else None

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
    trips: OnDemandTrips, day: ServiceDate, *, wheelchair: bool = False, bicycle: bool = False
) -> Iterator[OfferedRide]:
    """The rides of the trips that run on a service date. With `wheelchair`, without the trips that
    take none; with `bicycle`, of those alone that are known to take them."""
    for trip in trips.trips:
        if not trips.runs_on(trip, day):
            continue
        if (wheelchair and trip.wheelchair == NOT_POSSIBLE) or (bicycle and trip.bikes != POSSIBLE):
            continue
        for pick_up, drop_off in combinations(trip.calls, 2):
            if pick_up.picks_up and drop_off.drops_off and not _is_fixed(pick_up, drop_off):
                yield OfferedRide(trips, trip, day, pick_up, drop_off)


POSSIBLE, NOT_POSSIBLE = 1, 2
"""The values "yes" and "no" of wheelchair_accessible and bikes_allowed."""


def _is_fixed(pick_up: OnDemandCall, drop_off: OnDemandCall) -> bool:
    """Whether both times are fixed: the ride takes what lies between them."""
    return pick_up.opens == pick_up.closes and drop_off.opens == drop_off.closes
