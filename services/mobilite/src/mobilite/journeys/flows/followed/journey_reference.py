"""The id of a journey: what is needed to find it again in any state of the timetables.

It has the places and the wishes of its query, and the scheduled calls of its rides, by the ids of
the feeds. So it stays the same whatever the delays and platforms, and outlives a new version of a
timetable that has the same trips. It is neither secret nor signed: whatever describes a possible
journey is valid, and `rebuild_journey` checks that it is possible.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, assert_never

from pydantic import TypeAdapter, ValidationError

from mobilite.gtfs.domain.ids import global_id
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.http.domain.cursors import content_of, opaque
from mobilite.journeys.domain.journey import WalkLeg
from mobilite.journeys.flows.join_legs import FIRST_VIA
from mobilite.journeys.flows.journey_query import (
    LONGEST_STAY,
    LONGEST_WALK,
    MOST_BANNED,
    WALK_SPEEDS,
    Wishes,
)
from mobilite.journeys.flows.plan_journeys import JourneyRequest
from mobilite.journeys.flows.ride_details import RideDetails
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


Step = RideReference | int
"""What a journey is found again by, between its ends: a ride, or the place on the way (its index)
that is reached on foot there. Any other leg that is more than a walk needs a step of its own."""


@dataclass(frozen=True, slots=True)
class JourneyReference:
    """A journey of a query."""

    origin: str
    destination: str
    steps: tuple[Step, ...]
    """In order."""
    departure: int | None = None
    """POSIX seconds; None for a journey with rides, whose times are theirs."""
    via: tuple[str, ...] = ()
    wishes: Wishes = field(default_factory=Wishes)
    arrive_by: bool = False
    """Whether the query was for an arrival, so that it was searched backwards."""

    @property
    def rides(self) -> tuple[RideReference, ...]:
        """The rides in order."""
        return tuple(step for step in self.steps if isinstance(step, RideReference))


_CONTENT: Final = TypeAdapter(JourneyReference)


def reference_of(
    request: JourneyRequest, legs: Sequence[RideDetails | WalkLeg], departure: int
) -> JourneyReference:
    """The reference of a journey that a query found. `departure`: POSIX seconds."""
    steps: list[Step] = []
    for leg in legs:
        match leg:
            case RideDetails():
                steps.append(_ride_reference(leg))
            case WalkLeg():
                if leg.to_stop <= FIRST_VIA:
                    steps.append(FIRST_VIA - leg.to_stop)
            case _:
                assert_never(leg)
    rides = any(isinstance(step, RideReference) for step in steps)
    return JourneyReference(
        request.origin,
        request.destination,
        tuple(steps),
        None if rides else departure,
        request.via,
        request.wishes,
        request.arrive_by,
    )


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
        times = bool(reference.rides)
    else:
        times = not reference.rides and 0 <= reference.departure < _LATEST
    return (
        times
        and _is_bounded(reference.wishes)
        and all(ServiceDate.parse(ride.start_date) for ride in reference.rides)
        and all(0 <= place < len(reference.via) for place in places)
    )


def _is_bounded(wishes: Wishes) -> bool:
    slowest, fastest = (speed / 3.6 for speed in WALK_SPEEDS)
    return (
        0 <= wishes.max_walk <= LONGEST_WALK
        and slowest <= wishes.walk_speed <= fastest
        and 0 <= wishes.stay <= LONGEST_STAY * 60
        and len(wishes.banned_routes) <= MOST_BANNED
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
