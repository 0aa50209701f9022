"""Journeys whose first or last kilometre is more than a walk: on demand, by bicycle, or
by car to a park-and-ride.

They are searched in addition to the journeys on foot to and from stops, and never replace one.
They have no place on the way.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from mobilite.journeys.domain.journey import Journey
from mobilite.journeys.flows.bicycle_journeys import BicycleJourneys
from mobilite.journeys.flows.journey_query import JourneySearch, Wishes
from mobilite.journeys.flows.on_demand_journeys import OnDemandJourneys
from mobilite.journeys.flows.park_and_ride_journeys import ParkAndRideJourneys
from mobilite.journeys.flows.places import Place
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.rental.flows.live_rentals import RentalState


class _Means(Protocol):
    """Searches the journeys with one means of transport around places. Instants are POSIX
    seconds."""

    @property
    def accepted(self) -> bool:
        """Whether there can be such journeys."""
        ...

    def leaving(self, search: JourneySearch, first: int, last: int) -> Sequence[Journey]:
        """The journeys that leave between two instants."""
        ...

    def arriving(self, search: JourneySearch, first: int, last: int) -> Sequence[Journey]:
        """The journeys that arrive between two instants."""
        ...

    def earliest(self, search: JourneySearch, at: int) -> Sequence[Journey]:
        """Journeys that leave at an instant or after; among them the first to arrive."""
        ...

    def latest(self, search: JourneySearch, by: int) -> Sequence[Journey]:
        """Journeys that arrive at an instant or before; among them the last to leave."""
        ...


class FirstAndLast:
    """Searches these journeys between the places of a query. Instants are POSIX seconds."""

    def __init__(
        self,
        planning: PlanningState,
        rentals: RentalState,
        places: Sequence[Place],
        wishes: Wishes,
        *,
        now: datetime,
    ) -> None:
        means: tuple[_Means, ...] = ()
        if len(places) == 2:
            instant = int(now.timestamp())
            means = (
                OnDemandJourneys(planning, places, wishes, now=instant),
                BicycleJourneys(planning, rentals, places, wishes, now=now),
                ParkAndRideJourneys(planning, places, wishes),
            )
        self._means = tuple(each for each in means if each.accepted)

    @property
    def accepted(self) -> bool:
        """Whether there can be such journeys."""
        return bool(self._means)

    def leaving(self, search: JourneySearch, first: int, last: int) -> list[Journey]:
        """The journeys that leave between two instants."""
        return [each for means in self._means for each in means.leaving(search, first, last)]

    def arriving(self, search: JourneySearch, first: int, last: int) -> list[Journey]:
        """The journeys that arrive between two instants."""
        return [each for means in self._means for each in means.arriving(search, first, last)]

    def earliest(self, search: JourneySearch, at: int) -> list[Journey]:
        """The journey that arrives first of those that leave in the 24 hours from `at` on."""
        found = [each for means in self._means for each in means.earliest(search, at)]
        return sorted(found, key=lambda each: (each.arrival, -each.departure))[:1]

    def latest(self, search: JourneySearch, by: int) -> list[Journey]:
        """The journey that leaves last of those that arrive in the 24 hours before `by`."""
        found = [each for means in self._means for each in means.latest(search, by)]
        return sorted(found, key=lambda each: (-each.departure, each.arrival))[:1]
