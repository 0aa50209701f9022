"""A ride of a journey's reference in the current timetables and real time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mobilite.feeds.flows.known_feeds import no_schedule_yet
from mobilite.gtfs.domain.ids import FeedId, split_global_id
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.journeys.domain.journey import RideLeg
from mobilite.journeys.domain.live_run import LiveRun
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.journeys.flows.followed.journey_reference import RideReference
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.realtime.domain.run_calls import RunCall, get_run_trip, list_calls
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import RunTrip
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.trips.flows.get_trip import list_runs
from socle.errors import Refusal

_YESTERDAY: Final = 1
"""Days after which a run that the timetable no longer has is over."""


@dataclass(frozen=True, slots=True, eq=False)
class FoundRide:
    """A ride of a reference in the current timetables. Stops are numbers of the network."""

    feed: int
    """The index of its feed."""
    key: RunKey
    trip: RunTrip
    calls: tuple[RunCall, ...]
    """All of its run."""
    board: int
    """The position of the call at which people board."""
    alight: int
    live: LiveRun | None
    """None without real time."""
    first_stop: int
    """The number of the feed's first stop."""
    stays_seated: bool
    """Whether people stay aboard from the ride before."""
    stays_on: bool = False
    """Whether they stay aboard for the ride after."""

    @property
    def from_stop(self) -> int:
        return self.stop(self.board)

    @property
    def to_stop(self) -> int:
        return self.stop(self.alight)

    @property
    def moved(self) -> bool:
        """Whether people board or alight at another platform than scheduled."""
        ends = self.calls[self.board], self.calls[self.alight]
        return any(call.stop != call.scheduled_stop for call in ends)

    def stop(self, position: int) -> int:
        """The stop of a call."""
        return self.first_stop + self.calls[position].stop

    def arrival(self, position: int) -> int:
        """POSIX seconds, predicted where there is a prediction; so is the departure."""
        return int(self.live.arrivals[position]) if self.live else self.calls[position].arrival

    def departure(self, position: int) -> int:
        return int(self.live.departures[position]) if self.live else self.calls[position].departure

    def leg(self) -> RideLeg:
        """The ride as a leg."""
        ends = self.from_stop, self.to_stop
        times = self.departure(self.board), self.arrival(self.alight)
        places = self.board, self.alight
        seated = self.stays_seated, self.stays_on
        return RideLeg(self.feed, self.key, *places, *ends, *times, *seated)


def find_ride(planning: PlanningState, ride: RideReference, *, now: datetime) -> FoundRide:
    """The ride of a reference. Raises Refusal: "not_found", "gone" for one of a past day,
    "unavailable" until its timetable is loaded."""
    feed_id, local = split_global_id(ride.trip_id) or (FeedId(""), "")
    index, day = planning.timetables.feeds.get(feed_id), ServiceDate.parse(ride.start_date)
    assert day is not None
    if index is None:
        if feed_id in planning.live.timetables:
            raise no_schedule_yet(feed_id)
        raise _absent(planning, ride, now)
    feed = planning.live.snapshot.feed(feed_id)
    schedule = feed.schedule
    assert schedule is not None
    first_stop = int(planning.timetables.network.stop_first[index])
    for key in list_runs(feed, schedule, local, now=now, day=day, start=ride.start):
        every = list_calls(feed, key, now=int(now.timestamp()))
        calls = tuple(call for call in every if call.position >= 0)
        ends = _ends(schedule, calls, ride)
        if ends is not None:
            live, trip = planning.runs[feed_id].get(key), get_run_trip(feed, key)
            seated = ride.stays_seated
            return FoundRide(index, key, trip, calls, *ends, live, first_stop, seated)
    raise _absent(planning, ride, now)


def goes_on(network: JourneyNetwork, one: FoundRide, other: FoundRide) -> bool:
    """Whether people stay aboard from the end of a run to the start of another."""
    if one.alight != len(one.calls) - 1 or other.board or one.feed != other.feed:
        return False
    first, rows = int(network.trip_first[one.feed]), (one.trip.row, other.trip.row)
    return min(rows) >= 0 and network.links.are_linked(first + rows[0], first + rows[1])


def _ends(
    schedule: FeedSchedule, calls: Sequence[RunCall], ride: RideReference
) -> tuple[int, int] | None:
    """The positions of boarding and alighting; None if the run does not call there.

    A stop_sequence can change with a version of the timetable, and with a replaced run: without it
    the ride is the shortest between the two stops."""
    ids = schedule.timetable.stop_ids
    stops = [ids[call.scheduled_stop] for call in calls]
    ends = [
        [place for place, stop in enumerate(stops) if stop == end]
        for end in (ride.from_stop, ride.to_stop)
    ]
    fits = [(board, alight) for board in ends[0] for alight in ends[1] if board < alight]
    sequences = ride.from_sequence, ride.to_sequence

    def order(fit: tuple[int, int]) -> tuple[bool, int]:
        same = (calls[fit[0]].sequence, calls[fit[1]].sequence) == sequences
        return not same, fit[1] - fit[0]

    return min(fits, key=order, default=None)


def _absent(planning: PlanningState, ride: RideReference, now: datetime) -> Refusal:
    today = planning.timetables.date_of(int(now.timestamp())).toordinal()
    day = ServiceDate.parse(ride.start_date)
    assert day is not None
    if today - day.day.toordinal() > _YESTERDAY:
        return Refusal("gone", "Ce trajet est passé : cherchez-en un autre.", trip=ride.trip_id)
    return Refusal(
        "not_found",
        f"La course « {ride.trip_id[:100]} » du {day.day:%d/%m/%Y} n'existe pas, ou ne passe plus "
        "par les arrêts de ce trajet : cherchez-en un autre.",
        trip=ride.trip_id[:200],
    )
