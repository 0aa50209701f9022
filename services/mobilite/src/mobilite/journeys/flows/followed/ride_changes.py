"""What differs of a ride from what its traveller knows: its timetable, a vehicle to rent and a
free place for it, a booking that is still possible."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from mobilite.journeys.flows.bicycle_journeys import KNOWN_AHEAD
from mobilite.journeys.flows.followed.find_car import FoundCar
from mobilite.journeys.flows.followed.find_on_demand import FoundOnDemand
from mobilite.journeys.flows.followed.find_rental import FoundRental, Lack
from mobilite.journeys.flows.followed.find_ride import FoundRide
from mobilite.journeys.flows.followed.rebuild_journey import RebuiltJourney, RebuiltRide
from mobilite.journeys.flows.planning_state import PlanningState

End = Literal["from", "to"]
ChangeType = Literal[
    "cancelled",
    "withdrawn",
    "missed_connection",
    "skipped_stop",
    "closed_stop",
    "no_vehicle",
    "not_renting",
    "no_dock",
    "not_returning",
    "booking_closed",
    "times",
    "platform",
    "alert",
]
OBSTACLES: Final[frozenset[ChangeType]] = frozenset(
    {
        "cancelled",
        "missed_connection",
        "skipped_stop",
        "closed_stop",
        "no_vehicle",
        "not_renting",
        "no_dock",
        "not_returning",
    }
)
"""What ends a journey. One whose booking is closed is possible for who has booked."""
_BOTH: Final[tuple[End, End]] = ("from", "to")
_NO_ACCESS: Final = 1
"""GTFS's pickup_type and drop_off_type "not available"."""
_LATE: Final = 60
"""Seconds from which a time differs from the timetable."""


@dataclass(frozen=True, slots=True)
class JourneyChange:
    """Something that differs, at a ride that is not over."""

    type: ChangeType
    ride: RebuiltRide
    end: End | None = None
    """The end of the ride that it concerns; None for both."""


@dataclass(frozen=True, slots=True)
class RidePosition:
    """Where the traveller is in relation to a ride that is not over."""

    boarded: bool = False
    missed: bool = False
    """Whether it has left without them."""
    put_off: bool = False
    """Whether it ends before its destination."""


def changes_of(
    rebuilt: RebuiltJourney, ride: RebuiltRide, position: RidePosition
) -> Iterator[JourneyChange]:
    """What differs of a ride, the gravest first."""
    match ride.found:
        case FoundRide() as found:
            yield from _of_timetable(rebuilt, ride, found, position)
        case FoundRental() as found:
            yield from _of_rental(rebuilt, ride, found, position)
        case FoundOnDemand() as found if not position.boarded:
            yield from _of_on_demand(rebuilt, ride, found, position)


def is_cancelled(ride: RebuiltRide) -> bool:
    """Whether its run does not take place."""
    found = ride.found
    return isinstance(found, FoundRide) and found.live is not None and not found.live.takes_place


def is_served(planning: PlanningState, ride: RebuiltRide, end: End) -> bool:
    """Whether people can board, or alight, as planned."""
    match ride.found:
        case FoundRide() as found:
            call = _call(found, end)
            skipped = is_skipped(found, call, alighting=end == "to")
            return not skipped and not is_closed(planning, found, call)
        case FoundOnDemand() as found:
            leg = found.leg
            ends = {"from": (leg.from_stop, leg.departure), "to": (leg.to_stop, leg.arrival)}
            stop, instant = ends[end]
            return not _is_stop_closed(planning, stop, instant, instant + 1)
        case FoundRental() | FoundCar():
            return True


def is_skipped(ride: FoundRide, position: int, *, alighting: bool) -> bool:
    """Whether people cannot board, or alight, at a call."""
    call = ride.calls[position]
    access = call.drop_off if alighting else call.pickup
    return call.state == "skipped" or access == _NO_ACCESS


def is_closed(planning: PlanningState, ride: FoundRide, position: int) -> bool:
    """Whether an alert closes the stop of a call at its time."""
    times = ride.arrival(position), ride.departure(position) + 1
    return _is_stop_closed(planning, ride.stop(position), *times)


def is_in_time(ride: RebuiltRide) -> bool:
    """Whether the traveller is at the stop before the ride leaves."""
    return ride.ready is None or ride.ready <= ride.leg.departure


def lack_of_vehicles(ride: RebuiltRide, now: int) -> Lack | None:
    """Why the vehicle of a ride that is rented cannot be taken."""
    rental = _known_rental(ride, now)
    return None if rental is None else rental.lack_of_vehicles


def lack_of_docks(ride: RebuiltRide, now: int) -> Lack | None:
    """Why it cannot be given back, likewise."""
    rental = _known_rental(ride, now)
    return None if rental is None else rental.lack_of_docks


def _known_rental(ride: RebuiltRide, now: int) -> FoundRental | None:
    """The rented vehicle of a ride. Its stations are not known for longer than the search knows
    them."""
    known = ride.leg.departure <= now + KNOWN_AHEAD
    return ride.found if known and isinstance(ride.found, FoundRental) else None


def _of_timetable(
    rebuilt: RebuiltJourney, ride: RebuiltRide, found: FoundRide, position: RidePosition
) -> Iterator[JourneyChange]:
    if is_cancelled(ride):
        yield JourneyChange("cancelled", ride)
        return
    planning, ends = rebuilt.page.planning, _ends(rebuilt, ride, boarded=position.boarded)
    for end in ends:
        if is_skipped(found, _call(found, end), alighting=end == "to"):
            yield JourneyChange("skipped_stop", ride, end)
        elif is_closed(planning, found, _call(found, end)):
            yield JourneyChange("closed_stop", ride, end)
    if not position.boarded and (position.missed or not is_in_time(ride)):
        yield JourneyChange("missed_connection", ride)
    first, last = found.calls[found.board], found.calls[found.alight]
    late = ride.leg.departure - first.departure, ride.leg.arrival - last.arrival
    if any(abs(each) >= _LATE for each in late[position.boarded :]):
        yield JourneyChange("times", ride)
    for end in ends:
        call = found.calls[_call(found, end)]
        if call.stop != call.scheduled_stop:
            yield JourneyChange("platform", ride, end)


def _of_rental(
    rebuilt: RebuiltJourney, ride: RebuiltRide, found: FoundRental, position: RidePosition
) -> Iterator[JourneyChange]:
    now = rebuilt.page.generated_at
    lack = lack_of_vehicles(ride, now)
    if not position.boarded and (lack or position.missed):
        yield JourneyChange(lack or "no_vehicle", ride, "from")
    lack = lack_of_docks(ride, now)
    if lack or position.put_off:
        yield JourneyChange(lack or "no_dock", ride, "to")


def _of_on_demand(
    rebuilt: RebuiltJourney, ride: RebuiltRide, found: FoundOnDemand, position: RidePosition
) -> Iterator[JourneyChange]:
    for end in _BOTH:
        if not is_served(rebuilt.page.planning, ride, end):
            yield JourneyChange("closed_stop", ride, end)
    if position.missed or not is_in_time(ride):
        yield JourneyChange("missed_connection", ride)
    if rebuilt.page.generated_at > found.book_until:
        yield JourneyChange("booking_closed", ride)


def _ends(rebuilt: RebuiltJourney, ride: RebuiltRide, *, boarded: bool) -> list[End]:
    """Where people are still to board or alight."""
    ends: list[End] = [] if boarded or ride.stays_seated else ["from"]
    after = rebuilt.rides[rebuilt.rides.index(ride) + 1 :]
    return ends if after and after[0].stays_seated else [*ends, "to"]


def _call(ride: FoundRide, end: End) -> int:
    return ride.board if end == "from" else ride.alight


def _is_stop_closed(planning: PlanningState, stop: int, start: int, end: int) -> bool:
    """Whether an alert closes a stop at some instant of [start, end), in POSIX seconds."""
    return any(alert.affects(start, end) for alert in planning.closures.get(stop, ()))
