"""Whether a journey can still be made, what of it differs from the timetable, and where the
traveller is.

A ride is boarded at its departure, if all before it was possible. What was seen once is remembered
from one judgement to the next (`Progress`): a run that is cancelled while people are aboard is not
one that never came, and a missed run stays missed although its past times are no longer reported.
Likewise a vehicle that could not be rented when its traveller arrived, and one that could not be
given back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from mobilite.journeys.domain.journey import POINT, Spot
from mobilite.journeys.flows.followed.find_car import FoundCar
from mobilite.journeys.flows.followed.find_on_demand import FoundOnDemand
from mobilite.journeys.flows.followed.find_rental import FoundRental
from mobilite.journeys.flows.followed.find_ride import FoundRide
from mobilite.journeys.flows.followed.rebuild_journey import RebuiltJourney, RebuiltRide
from mobilite.journeys.flows.followed.return_elsewhere import nearest_return
from mobilite.journeys.flows.followed.ride_changes import (
    OBSTACLES,
    End,
    JourneyChange,
    RidePosition,
    changes_of,
    is_cancelled,
    is_closed,
    is_in_time,
    is_served,
    is_skipped,
    lack_of_docks,
    lack_of_vehicles,
)

Status = Literal["upcoming", "under_way", "arrived"]
_EARLIER: Final = 1800
"""Seconds before the departure from which another way is offered."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the traveller can change plans next."""

    place: str
    """As a query gives it: an end of the journey, the public id of a stop, or a point."""
    instant: int
    """POSIX seconds from which they are there."""
    leg: int | None = None
    """The ride that they are aboard until then; None if they are there already, or on foot."""
    call: int | None = None
    """The position of its call there; None for a ride without a timetable."""
    spot: Spot | None = None
    """What is at the point: a rental station, a car park, or a stop without a timetable."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of a traveller from earlier judgements."""

    boarded: int = 0
    """How many rides they have boarded."""
    missed: bool = False
    """Whether the next one has left without them."""
    put_off: Whereabouts | None = None
    """Where the ride that they are aboard ends for them, since it is cancelled, or there is no
    place for their rented vehicle."""
    no_vehicle: bool = False
    """Whether the next ride is in a vehicle that could not be rented at the last judgement."""


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """A journey at an instant."""

    rebuilt: RebuiltJourney
    status: Status
    possible: bool
    """Whether it leads to the destination."""
    changes: tuple[JourneyChange, ...]
    whereabouts: Whereabouts | None
    """None at the destination."""
    progress: Progress

    @property
    def booking_closed(self) -> bool:
        """Whether it is possible only for who has booked a ride."""
        return self.possible and any(each.type == "booking_closed" for each in self.changes)

    @property
    def certain(self) -> bool:
        """Whether no other journey is needed."""
        return self.possible and not self.booking_closed


def judge_journey(rebuilt: RebuiltJourney, *, now: int, before: Progress = Progress()) -> Judgement:
    """Judge a journey at `now` (POSIX seconds). `before`: from the judgement before."""
    rides, journey = rebuilt.rides, rebuilt.journey
    progress = _progress(rebuilt, now, before)
    changes = [*_changes(rebuilt, progress, now)]
    possible = not progress.missed and progress.put_off is None
    possible = possible and OBSTACLES.isdisjoint(change.type for change in changes)
    arrived = possible and progress.boarded == len(rides) and now >= journey.arrival
    started = progress.boarded > 0 or now >= journey.departure
    status: Status = "arrived" if arrived else "under_way" if started else "upcoming"
    where = None if arrived else _whereabouts(rebuilt, progress, now)
    return Judgement(rebuilt, status, possible, tuple(changes), where, progress)


def _changes(rebuilt: RebuiltJourney, progress: Progress, now: int) -> Iterator[JourneyChange]:
    """What differs of the rides that are not over."""
    rides, boarded = rebuilt.rides, progress.boarded
    aboard = rides[boarded - 1] if boarded else None
    if aboard is not None and (progress.put_off or _is_aboard(rebuilt, aboard, now)):
        put_off = progress.put_off is not None
        yield from changes_of(rebuilt, aboard, RidePosition(boarded=True, put_off=put_off))
    for index, ride in enumerate(rides[boarded:]):
        yield from changes_of(rebuilt, ride, RidePosition(missed=progress.missed and not index))


def _progress(rebuilt: RebuiltJourney, now: int, before: Progress) -> Progress:
    rides = rebuilt.rides
    boarded, missed = min(before.boarded, len(rides)), before.missed
    put_off = _put_off(rebuilt, boarded, before.put_off, now)
    if put_off is None:
        for ride in rides[boarded:]:
            if missed or ride.leg.departure > now:
                break
            without = before.no_vehicle and boarded == before.boarded
            if _can_board(rebuilt, ride, without_vehicle=without):
                boarded += 1
            else:
                missed = True
        if boarded > before.boarded:
            put_off = _put_off(rebuilt, boarded, None, now)
    after = rides[boarded] if boarded < len(rides) else None
    return Progress(
        boarded, missed, put_off, after is not None and lack_of_vehicles(after, now) is not None
    )


def _put_off(
    rebuilt: RebuiltJourney, boarded: int, known: Whereabouts | None, now: int
) -> Whereabouts | None:
    """Where the ride that was boarded last ends before its destination. `known`: by the judgement
    before."""
    ride = rebuilt.rides[boarded - 1] if boarded else None
    if ride is None:
        return None
    over = _is_over(ride, now)
    if isinstance(ride.found, FoundRental):
        if over:
            return known
        lacking = lack_of_docks(ride, now) is not None
        return _return_elsewhere(rebuilt, ride, ride.found, now) if lacking else None
    if not is_cancelled(ride):
        return None
    return known if known is not None or over else _next_exit(rebuilt, ride, now)


def _can_board(rebuilt: RebuiltJourney, ride: RebuiltRide, *, without_vehicle: bool) -> bool:
    """Whether the traveller is aboard once a ride has left. `without_vehicle`: none could be rented
    just before. Else they have taken one, be it the last."""
    return (
        is_in_time(ride)
        and not is_cancelled(ride)
        and not (without_vehicle and not _has_vehicle(ride))
        and (ride.stays_seated or is_served(rebuilt.page.planning, ride, "from"))
    )


def _has_vehicle(ride: RebuiltRide) -> bool:
    return isinstance(ride.found, FoundRental) and bool(ride.found.rental.taken.vehicles)


def _is_over(ride: RebuiltRide, now: int) -> bool:
    return ride.leg.arrival <= now


def _is_aboard(rebuilt: RebuiltJourney, ride: RebuiltRide, now: int) -> bool:
    """Whether the traveller is still in the vehicle that they boarded last."""
    if not _is_over(ride, now):
        return True
    return isinstance(ride.found, FoundRide) and not is_served(rebuilt.page.planning, ride, "to")


def _whereabouts(rebuilt: RebuiltJourney, progress: Progress, now: int) -> Whereabouts:
    rides, journey = rebuilt.rides, rebuilt.journey
    if progress.put_off is not None:
        put_off = progress.put_off
        if now < put_off.instant:
            return put_off
        return Whereabouts(put_off.place, now, spot=put_off.spot)
    if progress.boarded == 0:
        if now < journey.departure or not rides:
            leave = max(now, journey.departure - _EARLIER)
            return Whereabouts(rebuilt.page.request.origin, leave)
        return _at(rebuilt, rides[0], "from", max(now, rides[0].leg.departure))
    aboard = rides[progress.boarded - 1]
    if _is_aboard(rebuilt, aboard, now):
        return _next_exit(rebuilt, aboard, now)
    if progress.boarded == len(rides):
        return _at(rebuilt, aboard, "to", now)
    after = rides[progress.boarded]
    assert after.ready is not None
    return _at(rebuilt, after, "from", max(now, after.ready))


def _at(
    rebuilt: RebuiltJourney, ride: RebuiltRide, end: End, instant: int, leg: int | None = None
) -> Whereabouts:
    """At an end of a ride. `leg`: as of `Whereabouts`."""
    found, page = ride.found, rebuilt.page
    if isinstance(found, FoundRental):
        return _at_spot(found.start if end == "from" else found.end, instant, leg)
    if isinstance(found, FoundCar):
        if end == "from":
            return Whereabouts(page.request.origin, instant, leg)
        return _at_spot(found.end, instant, leg)
    stop = found.from_stop if end == "from" else found.to_stop
    if stop == POINT:
        place = page.request.origin if end == "from" else page.request.destination
        return Whereabouts(place, instant, leg)
    timetables = page.planning.timetables
    point = timetables.network.coordinates(stop)
    if isinstance(found, FoundOnDemand) and point and stop not in timetables.on_demand.served:
        # Ways on foot lead from the stops of timetables alone.
        name, stop_id = timetables.network.stop_name(stop), timetables.network.stop_id(stop)
        return _at_spot(Spot(stop_id, name, point), instant, leg)
    return Whereabouts(timetables.network.stop_id(stop), instant, leg)


def _at_spot(spot: Spot, instant: int, leg: int | None) -> Whereabouts:
    lat, lon = spot.point
    return Whereabouts(f"{lat:.6f},{lon:.6f}", instant, leg, spot=spot)


def _return_elsewhere(
    rebuilt: RebuiltJourney, ride: RebuiltRide, found: FoundRental, now: int
) -> Whereabouts:
    """Where a rented vehicle is given back whose station has no place: there the traveller learns
    it, and rides on to the nearest one that has; else they wait."""
    arrival = max(now, ride.leg.arrival)
    other = nearest_return(rebuilt.rentals, found.rental, now=rebuilt.now)
    if other is None:
        return _at_spot(found.end, arrival, ride.index)
    return _at_spot(other.station, arrival + other.seconds, ride.index)


def _next_exit(rebuilt: RebuiltJourney, ride: RebuiltRide, now: int) -> Whereabouts:
    """The next call of a run at which people can alight, its last one if there is none; the end of
    any other ride."""
    found = ride.found
    if not isinstance(found, FoundRide):
        return _at(rebuilt, ride, "to", max(now, ride.leg.arrival), ride.index)
    last = len(found.calls) - 1
    for position in range(found.board + 1, last + 1):
        usable = not is_skipped(found, position, alighting=True)
        usable = usable and not is_closed(rebuilt.page.planning, found, position)
        if usable and found.arrival(position) >= now:
            last = position
            break
    network, instant = rebuilt.page.planning.timetables.network, max(now, found.arrival(last))
    return Whereabouts(network.stop_id(found.stop(last)), instant, ride.index, last)
