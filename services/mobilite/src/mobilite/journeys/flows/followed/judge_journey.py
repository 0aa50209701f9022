"""Whether a journey can still be made, what of it differs from the timetable, and where the
traveller is.

A ride is boarded at its departure, if all before it was possible. What was seen once is remembered
from one judgement to the next (`Progress`): a run that is cancelled while people are aboard is not
one that never came, and a missed run stays missed although its past times are no longer reported.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from mobilite.gtfs.domain.ids import global_id
from mobilite.journeys.flows.followed.find_ride import FoundRide
from mobilite.journeys.flows.followed.rebuild_journey import RebuiltJourney, RebuiltRide
from mobilite.journeys.flows.planning_state import PlanningState

Status = Literal["upcoming", "under_way", "arrived"]
End = Literal["from", "to"]
ChangeType = Literal[
    "cancelled",
    "withdrawn",
    "missed_connection",
    "skipped_stop",
    "closed_stop",
    "times",
    "platform",
    "alert",
]
_NO_ACCESS: Final = 1
"""GTFS's pickup_type and drop_off_type "not available"."""
_LATE: Final = 60
"""Seconds from which a time differs from the timetable."""
_EARLIER: Final = 1800
"""Seconds before the departure from which another way is offered."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the traveller can change plans next."""

    place: str
    """As a query gives it: the origin, or the public id of a stop."""
    instant: int
    """POSIX seconds from which they are there."""
    leg: int | None = None
    """The ride that they are aboard until then; None if they are there already, or on foot."""
    call: int | None = None
    """The position of its call there."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of a traveller from earlier judgements."""

    boarded: int = 0
    """How many rides they have boarded."""
    missed: bool = False
    """Whether the next one has left without them."""
    put_off: Whereabouts | None = None
    """Where the run that they are aboard puts them off, since it is cancelled."""


@dataclass(frozen=True, slots=True)
class JourneyChange:
    """Something that differs from the timetable, at a ride that is not over."""

    type: ChangeType
    ride: RebuiltRide
    end: End | None = None
    """The end of the ride that it concerns; None for both."""


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


def judge_journey(rebuilt: RebuiltJourney, *, now: int, before: Progress = Progress()) -> Judgement:
    """Judge a journey at `now` (POSIX seconds). `before`: from the judgement before."""
    rides, journey = rebuilt.rides, rebuilt.journey
    progress = _progress(rebuilt, now, before)
    ahead = [*rides[progress.boarded :]]
    aboard = rides[progress.boarded - 1] if progress.boarded else None
    if aboard is not None and (progress.put_off or _is_aboard(rebuilt, aboard, now)):
        ahead.insert(0, aboard)
    changes = [change for ride in ahead for change in _changes(rebuilt, ride, progress)]
    obstacles = {"cancelled", "missed_connection", "skipped_stop", "closed_stop"}
    possible = not progress.missed and not any(change.type in obstacles for change in changes)
    arrived = possible and progress.boarded == len(rides) and now >= journey.arrival
    started = progress.boarded > 0 or now >= journey.departure
    status: Status = "arrived" if arrived else "under_way" if started else "upcoming"
    where = None if arrived else _whereabouts(rebuilt, progress, now)
    return Judgement(rebuilt, status, possible, tuple(changes), where, progress)


def _progress(rebuilt: RebuiltJourney, now: int, before: Progress) -> Progress:
    boarded, missed = min(before.boarded, len(rebuilt.rides)), before.missed
    for ride in rebuilt.rides[boarded:]:
        if missed or ride.leg.departure > now:
            break
        if _can_board(rebuilt.page.planning, ride):
            boarded += 1
        else:
            missed = True
    aboard = rebuilt.rides[boarded - 1] if boarded else None
    put_off = None
    if aboard is not None and _is_cancelled(aboard.found):
        put_off = before.put_off
        if put_off is None and not _is_over(aboard, now):
            put_off = _next_exit(rebuilt, aboard, now)
    return Progress(boarded, missed, put_off)


def _can_board(planning: PlanningState, ride: RebuiltRide) -> bool:
    return (
        _is_in_time(ride)
        and not _is_cancelled(ride.found)
        and (ride.leg.stays_seated or _is_served(planning, ride.found, "from"))
    )


def _is_in_time(ride: RebuiltRide) -> bool:
    """Whether the traveller is at the stop before the ride leaves."""
    return ride.ready is None or ride.ready <= ride.leg.departure


def _is_over(ride: RebuiltRide, now: int) -> bool:
    return ride.leg.arrival <= now


def _is_aboard(rebuilt: RebuiltJourney, ride: RebuiltRide, now: int) -> bool:
    """Whether the traveller is still in the run that they boarded last."""
    return not _is_over(ride, now) or not _is_served(rebuilt.page.planning, ride.found, "to")


def _is_cancelled(ride: FoundRide) -> bool:
    return ride.live is not None and not ride.live.takes_place


def _is_served(planning: PlanningState, ride: FoundRide, end: End) -> bool:
    return not _is_skipped(ride, end) and not _is_closed(planning, ride, _position(ride, end))


def _position(ride: FoundRide, end: End) -> int:
    return ride.board if end == "from" else ride.alight


def _is_skipped(ride: FoundRide, end: End) -> bool:
    call = ride.calls[_position(ride, end)]
    access = call.pickup if end == "from" else call.drop_off
    return call.state == "skipped" or access == _NO_ACCESS


def _is_closed(planning: PlanningState, ride: FoundRide, position: int) -> bool:
    alerts = planning.closures.get(ride.stop(position), ())
    times = ride.arrival(position), ride.departure(position) + 1
    return any(alert.affects(*times) for alert in alerts)


def _changes(
    rebuilt: RebuiltJourney, ride: RebuiltRide, progress: Progress
) -> Iterator[JourneyChange]:
    """What differs of a ride, the gravest first."""
    found, planning = ride.found, rebuilt.page.planning
    boarded = rebuilt.rides.index(ride) < progress.boarded
    if _is_cancelled(found):
        yield JourneyChange("cancelled", ride)
        return
    ends = _ends(rebuilt, ride, boarded=boarded)
    for end in ends:
        if _is_skipped(found, end):
            yield JourneyChange("skipped_stop", ride, end)
        elif _is_closed(planning, found, _position(found, end)):
            yield JourneyChange("closed_stop", ride, end)
    left_without = progress.missed and ride is rebuilt.rides[progress.boarded]
    if not boarded and (left_without or not _is_in_time(ride)):
        yield JourneyChange("missed_connection", ride)
    first, last = found.calls[found.board], found.calls[found.alight]
    late = ride.leg.departure - first.departure, ride.leg.arrival - last.arrival
    if any(abs(each) >= _LATE for each in late[boarded:]):
        yield JourneyChange("times", ride)
    for end in ends:
        call = found.calls[_position(found, end)]
        if call.stop != call.scheduled_stop:
            yield JourneyChange("platform", ride, end)


def _ends(rebuilt: RebuiltJourney, ride: RebuiltRide, *, boarded: bool) -> list[End]:
    """Where people are still to board or alight."""
    ends: list[End] = [] if boarded or ride.leg.stays_seated else ["from"]
    after = rebuilt.rides[rebuilt.rides.index(ride) + 1 :]
    return ends if after and after[0].leg.stays_seated else [*ends, "to"]


def _whereabouts(rebuilt: RebuiltJourney, progress: Progress, now: int) -> Whereabouts:
    rides, journey = rebuilt.rides, rebuilt.journey
    if progress.put_off is not None:
        put_off = progress.put_off
        return put_off if now < put_off.instant else Whereabouts(put_off.place, now)
    if progress.boarded == 0:
        if now < journey.departure or not rides:
            leave = max(now, journey.departure - _EARLIER)
            return Whereabouts(rebuilt.page.request.origin, leave)
        return _waiting(rebuilt, rides[0].found, rides[0].found.board, rides[0].leg.departure, now)
    aboard = rides[progress.boarded - 1]
    if _is_aboard(rebuilt, aboard, now):
        return _next_exit(rebuilt, aboard, now)
    if progress.boarded == len(rides):
        return _waiting(rebuilt, aboard.found, aboard.found.alight, now, now)
    after = rides[progress.boarded]
    assert after.ready is not None
    return _waiting(rebuilt, after.found, after.found.board, after.ready, now)


def _waiting(
    rebuilt: RebuiltJourney, ride: FoundRide, position: int, instant: int, now: int
) -> Whereabouts:
    return Whereabouts(_stop_id(rebuilt, ride, position), max(now, instant))


def _next_exit(rebuilt: RebuiltJourney, ride: RebuiltRide, now: int) -> Whereabouts:
    """The next call of a run at which people can alight; its last one if there is none."""
    found = ride.found
    last = len(found.calls) - 1
    for position in range(found.board + 1, last + 1):
        call = found.calls[position]
        usable = call.state != "skipped" and call.drop_off != _NO_ACCESS
        usable = usable and not _is_closed(rebuilt.page.planning, found, position)
        if usable and found.arrival(position) >= now:
            last = position
            break
    instant = max(now, found.arrival(last))
    return Whereabouts(_stop_id(rebuilt, found, last), instant, ride.index, last)


def _stop_id(rebuilt: RebuiltJourney, ride: FoundRide, position: int) -> str:
    feed = rebuilt.page.planning.timetables.network.feeds[ride.feed]
    return global_id(feed.feed_id, feed.stop_ids[ride.calls[position].stop])
