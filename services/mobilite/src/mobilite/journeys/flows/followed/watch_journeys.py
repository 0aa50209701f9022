"""Subscriptions to journeys (`streams/flows/subscriptions.py`).

A journey is judged again when one of its runs, an alert of its networks, a closed stop or a
timetable changes, at every departure and arrival of its legs, when a ride can no longer be booked,
and, within seconds, when its rental stations change. Where it has become impossible, or is possible
only for who has booked, others are searched for at the other changes too, a few times a minute at
most: a search takes longer than all else. That goes on each minute until hours after its planned
arrival, but only while somebody reads the plans: a browser that is notified does not. Any other
ends soon after its arrival.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar, Final
from weakref import WeakSet

from mobilite.journeys.flows.bicycle_journeys import KNOWN_AHEAD
from mobilite.journeys.flows.followed.find_car import FoundCar
from mobilite.journeys.flows.followed.find_on_demand import FoundOnDemand
from mobilite.journeys.flows.followed.find_rental import FoundRental
from mobilite.journeys.flows.followed.find_ride import FoundRide
from mobilite.journeys.flows.followed.journey_reference import decode_journey_id
from mobilite.journeys.flows.followed.judge_journey import Judgement
from mobilite.journeys.flows.followed.show_journey import JourneyNow, show_journey
from mobilite.journeys.flows.planning_state import PlanningState, no_network_yet
from mobilite.machine.flows.search_limiter import SearchLimiter
from mobilite.rental.flows.live_rentals import RentalState
from mobilite.streams.flows.subscription import RenderedView, StateChange, Subscription
from mobilite.streams.flows.subscriptions import Listener, Subscriptions
from mobilite.streams.ports import StateSource
from socle.clock import Clock
from socle.errors import Refusal

_MINUTE: Final = 60
_SEARCHED: Final = 20
"""Seconds from a search on in which no other is made for what does not touch the journey itself."""
_ABANDONED: Final = 6 * 3600
"""Seconds after the planned arrival from which an impossible journey is no longer followed."""

Rentals = Callable[[], RentalState]
"""Gives the newest state of rentals."""
PlanningSource = StateSource[PlanningState | None]
Render = Callable[[JourneyNow, Sequence[str]], RenderedView]
"""Renders a journey in one of the reader's languages, in order of preference."""


class JourneySubscriptions:
    """The shared subscriptions to journeys."""

    def __init__(
        self,
        subscriptions: Subscriptions[PlanningState | None],
        planning: PlanningSource,
        clock: Clock,
        render: Render,
        limiter: SearchLimiter,
        rentals: Rentals = RentalState,
    ) -> None:
        """`limiter`: runs the search that opens a subscription."""
        self._subscriptions, self._planning, self._rentals = subscriptions, planning, rentals
        self._clock, self._render, self._limiter = clock, render, limiter

    async def open(self, journey_id: str, languages: tuple[str, ...]) -> "JourneySubscription":
        """The shared subscription to a journey, in the reader's `languages`. Raises Refusal as
        `decode_journey_id` and `rebuild_journey`, or if there are too many listeners."""
        reference = decode_journey_id(journey_id)

        def show(
            planning: PlanningState, now: datetime, before: Judgement | None
        ) -> tuple[Judgement, RenderedView]:
            state = show_journey(planning, self._rentals(), reference, now=now, before=before)
            return state.judgement, self._render(state, languages)

        return await self._subscriptions.share_in_thread(
            ("journey", journey_id, languages),
            lambda: JourneySubscription(self._planning, self._rentals, self._clock, show),
            self._limiter.run,
        )

    def listen(
        self, journey: "JourneySubscription", known: str | None, *, plans: bool = True
    ) -> Listener:
        """A listener to a journey. `known`: the tag of the value that it already has. `plans`:
        whether it wants newer plans while nothing of the journey itself changes."""
        listener = self._subscriptions.listen(journey, known)
        if plans:
            journey.want_plans(listener)
        return listener


class JourneySubscription(Subscription[PlanningState | None]):
    """One journey, and what is known of whoever makes it."""

    in_thread: ClassVar[bool] = True

    def __init__(
        self,
        planning: PlanningSource,
        rentals: Rentals,
        clock: Clock,
        show: Callable[[PlanningState, datetime, Judgement | None], tuple[Judgement, RenderedView]],
    ) -> None:
        super().__init__()
        self._planning, self._rentals = planning, rentals
        self._clock, self._show = clock, show
        self._judgement: Judgement | None = None
        self._state: PlanningState | None = None
        """The newest one in which the judgement holds. An older one is not kept: it is large."""
        self._rendered: RenderedView | None = None
        self._until = 0
        """POSIX seconds from which it can differ although no state has changed."""
        self._refreshed = 0
        """POSIX seconds of the last judgement."""
        self._planners: WeakSet[Listener] = WeakSet()
        """Who wants newer plans."""

    def want_plans(self, listener: Listener) -> None:
        """Search for others again while the journey is not certain, as long as `listener` lives."""
        if not self._planners:
            self._until = 0  # the plans can be old
        self._planners.add(listener)

    def due(self, change: StateChange[PlanningState | None]) -> bool:
        now = int(change.now.timestamp())
        if self._judgement is None or now >= self._until:
            return True
        # The state of rentals wakes no subscription.
        rentals = self._rentals()
        if _are_stations_touched(self._judgement, rentals):
            return True
        self._judgement = _with_rentals(self._judgement, rentals)
        if change.after is None or change.before is change.after:
            return False
        if self._state is None or _is_touched(self._judgement, self._state, change.after):
            return True
        self._judgement, self._state = _moved(self._judgement, change.after), change.after
        uncertain = bool(self._planners) and not self._judgement.certain
        return uncertain and now >= self._refreshed + _SEARCHED

    def refresh(self) -> bool:
        judgement, planning, now = self._judgement, self._planning.state, self._clock.now()
        if judgement is not None and _is_over(judgement, int(now.timestamp())):
            raise Refusal("gone", "Ce trajet est terminé.")
        if planning is None:
            if judgement is None:
                raise no_network_yet()
            return False
        before = self._rendered
        self._judgement, self._rendered = self._show(planning, now, judgement)
        self._state = planning
        self._refreshed = int(now.timestamp())
        self._until = _outdated_at(self._judgement, self._refreshed, plans=bool(self._planners))
        return before is None or before.tag != self._rendered.tag

    def newer_than(self, known: str | None) -> RenderedView | None:
        return None if self._rendered is None or self._rendered.tag == known else self._rendered


def _is_over(judgement: Judgement, now: int) -> bool:
    """Whether nothing more is sent of a journey at `now` (POSIX seconds)."""
    abandoned = now >= judgement.rebuilt.journey.arrival + _ABANDONED
    return judgement.status == "arrived" or abandoned


def _is_touched(judgement: Judgement, before: PlanningState, after: PlanningState) -> bool:
    """Whether something that a judgement depends on is other in a newer state."""
    if before.timetables is not after.timetables or before.closures != after.closures:
        return True
    by_car = any(isinstance(each.found, FoundCar) for each in judgement.rebuilt.rides)
    if by_car and before.car_parks is not after.car_parks:
        return True
    network = judgement.rebuilt.page.planning.timetables.network
    found = [each.found for each in judgement.rebuilt.rides if isinstance(each.found, FoundRide)]
    for feed in {each.feed for each in found}:
        feed_id = network.feeds[feed].feed_id
        indexes = before.live.alert_indexes, after.live.alert_indexes
        if indexes[0].get(feed_id) is not indexes[1].get(feed_id):
            return True
        runs = before.runs.get(feed_id, {}), after.runs.get(feed_id, {})
        keys = [each.key for each in found if each.feed == feed]
        if any(runs[0].get(key) is not runs[1].get(key) for key in keys):
            return True
    return False


def _are_stations_touched(judgement: Judgement, rentals: RentalState) -> bool:
    """Whether a rental system of a ride that is not over has changed."""
    rebuilt = judgement.rebuilt
    before, now = rebuilt.rentals.feeds, rebuilt.page.generated_at
    if rebuilt.rentals is rentals:
        return False
    feeds = {
        ride.found.rental.taken.feed_id
        for ride in rebuilt.rides
        if isinstance(ride.found, FoundRental) and ride.leg.arrival > now
    }
    return any(before.get(each) is not rentals.feeds.get(each) for each in feeds)


def _with_rentals(judgement: Judgement, rentals: RentalState) -> Judgement:
    """The judgement in a newer state of rentals that does not touch it."""
    rebuilt = judgement.rebuilt
    if rebuilt.rentals is rentals:
        return judgement
    return replace(judgement, rebuilt=replace(rebuilt, rentals=rentals))


def _moved(judgement: Judgement, planning: PlanningState) -> Judgement:
    """The judgement in a newer state that does not touch it, with the ways on foot that it has:
    those of its instant. That of a trip which the timetables no longer have stays in the last state
    that had it."""
    rebuilt = judgement.rebuilt
    timetables = rebuilt.page.planning.timetables
    if timetables.network is not planning.timetables.network:
        return judgement
    page = replace(rebuilt.page, planning=replace(planning, timetables=timetables))
    return replace(judgement, rebuilt=replace(rebuilt, page=page))


def _outdated_at(judgement: Judgement, now: int, *, plans: bool) -> int:
    """When the judgement can differ although no state has changed: at the next departure or
    arrival, when a rental station begins to be known or a ride can no longer be booked; a minute
    later if there are other journeys to be found and somebody wants them (`plans`). With none of
    these ahead: a second later, or a minute if it is no longer possible."""
    legs = judgement.rebuilt.journey.legs
    instants = [instant for leg in legs for instant in (leg.departure, leg.arrival)]
    for ride in judgement.rebuilt.rides:
        if isinstance(ride.found, FoundRental):
            instants.append(ride.leg.departure - KNOWN_AHEAD)
        elif isinstance(ride.found, FoundOnDemand):
            instants.append(ride.found.book_until + 1)
    if plans and not judgement.certain:
        instants.append(now + _MINUTE)
    return min(
        [each for each in instants if each > now],
        default=now + (1 if judgement.possible else _MINUTE),
    )
