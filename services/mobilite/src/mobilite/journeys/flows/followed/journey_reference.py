"""The id of a journey: what is needed to find it again in any state of the timetables.

It has the places and the wishes of its query, and the scheduled calls of its rides, the pick-up of
a ride on demand, the stations of a rented vehicle and the car park, by the ids of their files. So
it stays the same whatever the delays and platforms, and outlives a new version of a timetable that
has the same trips. It is neither secret nor signed: whatever describes a possible journey is valid,
and `rebuild_journey` checks that it is possible.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from pydantic import TypeAdapter, ValidationError

from mobilite.gtfs.domain.ids import GlobalId, global_id
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.journeys.domain.journey import CycleLeg, DriveLeg, OnDemandLeg, Rental, WalkLeg
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.journeys.flows.journey_costs import DetailedLeg
from mobilite.journeys.flows.journey_query import (
    LONGEST_STAY,
    LONGEST_WALK,
    MOST_ROUTES,
    WALK_SPEEDS,
    JourneyMode,
    Wishes,
)
from mobilite.journeys.flows.plan_journeys import JourneyPage
from mobilite.journeys.flows.ride_details import RideDetails
from mobilite.journeys.flows.via.join_legs import FIRST_VIA
from mobilite.rental.domain.dock import SharedMode
from socle.cursors import content_of, opaque
from socle.errors import Refusal

_LONGEST: Final = 6000
"""Characters of an id."""
_MOST_STEPS: Final = 40
_LATEST: Final = 2**32
"""POSIX seconds."""


class RideReference(NamedTuple):
    """A ride by the timetable, whatever becomes of it in real time."""

    trip_id: str
    """The public id of its trip."""
    start_date: str
    """Its service day, YYYYMMDD."""
    start: int | None
    """Seconds of the service day; None if the id identifies the run of a day."""
    from_stop: str
    """The id inside the feed of the scheduled stop; so is `to_stop`."""
    from_sequence: int
    """GTFS's stop_sequence; so is `to_sequence`."""
    to_stop: str
    to_sequence: int
    stays_seated: bool
    """Whether people stay aboard from the ride before."""


class RentalReference(NamedTuple):
    """A way by rented bicycle or scooter."""

    mode: SharedMode
    from_station: str
    """The public id of the rental station; so is `to_station`."""
    to_station: str


class OnDemandReference(NamedTuple):
    """A demand-responsive ride."""

    trip_id: str
    """The public id of its trip."""
    start_date: str
    """Its service day, YYYYMMDD."""
    departure: int
    """When people are picked up, POSIX seconds."""
    from_stop: str | None
    """The public id of the stop; None: at the origin itself."""
    to_stop: str | None
    """Likewise; None: at the destination."""


class CarReference(NamedTuple):
    """The way by the own car from the origin."""

    car_park: str
    """The public id of the car park where it stays."""


OwnBicycle = Literal["bicycle"]
"""The traveller's own bicycle, in place of a way on foot."""
OWN_BICYCLE: Final[OwnBicycle] = "bicycle"
Vehicle = RideReference | RentalReference | OnDemandReference | CarReference
Step = Vehicle | OwnBicycle | int
"""What a journey is found again by, between its ends: a vehicle, the own bicycle, or the place on
the way (its index) that is reached on foot there."""


@dataclass(frozen=True, slots=True)
class JourneyReference:
    """A journey of a query."""

    origin: str
    destination: str
    steps: tuple[Step, ...]
    """In order."""
    departure: int | None = None
    """POSIX seconds; None for a journey with rides by a timetable or on demand, whose times are
    theirs."""
    via: tuple[str, ...] = ()
    wishes: Wishes = field(default_factory=Wishes)
    arrive_by: bool = False
    """Whether the query was for an arrival, so that it was searched backwards."""

    @property
    def timed(self) -> tuple[RideReference | OnDemandReference, ...]:
        """The rides that have times of their own, in order."""
        timed = (RideReference, OnDemandReference)
        return tuple(step for step in self.steps if isinstance(step, timed))


_CONTENT: Final = TypeAdapter(JourneyReference)


def reference_of(
    page: JourneyPage, legs: Sequence[DetailedLeg], departure: int
) -> JourneyReference:
    """The reference of a journey of a page. `departure`: POSIX seconds."""
    request, network = page.request, page.planning.timetables.network
    reference = JourneyReference(
        request.origin,
        request.destination,
        tuple(step for leg in legs if (step := _step(network, leg)) is not None),
        via=request.via,
        wishes=request.wishes,
        arrive_by=request.arrive_by,
    )
    return reference if reference.timed else replace(reference, departure=departure)


def _step(network: JourneyNetwork, leg: DetailedLeg) -> Step | None:
    """The step of a leg; None for a way on foot that leads to no place on the way."""
    match leg:
        case RideDetails():
            return _ride_reference(leg)
        case WalkLeg():
            return FIRST_VIA - leg.to_stop if leg.to_stop <= FIRST_VIA else None
        case CycleLeg():
            return OWN_BICYCLE if leg.rental is None else _rental_reference(leg.rental)
        case DriveLeg():
            return CarReference(leg.car_park.id)
        case OnDemandLeg():
            return _on_demand_reference(network, leg)


def encode_journey_id(reference: JourneyReference) -> str:
    """The id of a journey: equal for equal references."""
    content = _CONTENT.dump_python(reference, mode="json", exclude_defaults=True)
    for wish in content.get("wishes", {}).values():
        if isinstance(wish, list):
            wish.sort()  # the lists of wishes are sets
    return opaque(content)


def decode_journey_id(text: str) -> JourneyReference:
    """The reference of an id. Raises Refusal("invalid") for anything else."""
    content = content_of(text, _LONGEST)
    try:
        reference = None if content is None else _CONTENT.validate_python(content)
    except ValidationError:
        reference = None
    if (
        reference is None
        or len(reference.steps) > _MOST_STEPS
        or not _is_consistent(reference)
        or encode_journey_id(reference) != text
    ):
        raise Refusal(
            "invalid",
            "Cet identifiant n'est pas celui d'un trajet : cherchez-le à nouveau avec "
            "/mobilite/v1/journeys.",
            parameter="journey_id",
        )
    return reference


def _is_consistent(reference: JourneyReference) -> bool:
    places = [step for step in reference.steps if isinstance(step, int)]
    if reference.departure is None:
        times = bool(reference.timed)
    else:
        times = not reference.timed and 0 <= reference.departure < _LATEST
    return (
        times
        and _is_bounded(reference.wishes)
        and all(ServiceDate.parse(ride.start_date) for ride in reference.timed)
        and all(0 <= place < len(reference.via) for place in places)
        and all(_is_accepted(reference, step) for step in reference.steps)
        and (OWN_BICYCLE, OWN_BICYCLE) not in pairwise(reference.steps)
        and not any(isinstance(step, CarReference) for step in reference.steps[1:])
    )


def _is_accepted(reference: JourneyReference, step: Step) -> bool:
    """Whether the wishes accept a step. What a search adds to the rides with a timetable has no
    place on the way."""
    wishes = reference.wishes
    modes = frozenset[JourneyMode]() if wishes.wheelchair else wishes.modes or frozenset()
    match step:
        case RentalReference():
            return step.mode in modes and step.from_station != step.to_station and not reference.via
        case OnDemandReference():
            return wishes.on_demand and 0 <= step.departure < _LATEST and not reference.via
        case CarReference():
            return "car" in (wishes.modes or ()) and not reference.via
        case "bicycle":
            return "bicycle" in modes and not reference.via
        case _:
            return True


def _is_bounded(wishes: Wishes) -> bool:
    slowest, fastest = (speed / 3.6 for speed in WALK_SPEEDS)
    return (
        0 <= wishes.max_walk <= LONGEST_WALK
        and slowest <= wishes.walk_speed <= fastest
        and 0 <= wishes.stay <= LONGEST_STAY * 60
        and max(len(wishes.banned_routes), len(wishes.preferred_routes)) <= MOST_ROUTES
    )


def _ride_reference(ride: RideDetails) -> RideReference:
    timetable, first, last = ride.schedule.timetable, ride.calls[0], ride.calls[-1]
    return RideReference(
        global_id(timetable.feed_id, ride.trip.trip_id),
        str(ServiceDate.of_ordinal(ride.leg.run.day)),
        ride.trip.start,
        timetable.stop_ids[first.scheduled_stop],
        first.sequence,
        timetable.stop_ids[last.scheduled_stop],
        last.sequence,
        ride.leg.stays_seated,
    )


def _rental_reference(rental: Rental) -> RentalReference:
    return RentalReference(rental.taken.mode, rental.taken.id, rental.given_back.id)


def _on_demand_reference(network: JourneyNetwork, leg: OnDemandLeg) -> OnDemandReference:
    ride = leg.ride
    trip_id = global_id(ride.trips.timetable.feed_id, ride.trip.trip_id)
    ends = _stop_id(network, leg.from_stop), _stop_id(network, leg.to_stop)
    return OnDemandReference(trip_id, str(ride.day), leg.departure, *ends)


def _stop_id(network: JourneyNetwork, stop: int) -> GlobalId | None:
    """The public id of a stop of the network; None for a place that is none."""
    return None if stop < 0 else network.stop_id(stop)
