"""The connections of the journeys of a page, and the order that tight ones give them
(`connections/domain/expected_arrival.py`). A journey with a tight connection of unknown
probability stays where it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Final

from mobilite.connections.domain.connection import (
    TIGHT,
    Connection,
    Forecast,
    TightRules,
    assess_connection,
    is_peak,
)
from mobilite.connections.domain.expected_arrival import (
    RankedJourney,
    expected_arrival,
    order_journeys,
)
from mobilite.connections.domain.forecast_errors import ForecastErrors, Line
from mobilite.journeys.domain.journey import Journey, RideLeg, WalkLeg
from mobilite.journeys.flows.journey_query import (
    JourneySearch,
    walking_of,
    with_known_routes,
)
from mobilite.journeys.flows.places import access_to
from mobilite.journeys.flows.plan_journeys import JourneyPage
from mobilite.journeys.flows.planning_state import Walking
from mobilite.realtime.domain.run_calls import get_run_trip

_MOST_SEARCHES: Final = 12
"""Later journeys searched for one page."""


@dataclass(frozen=True, slots=True)
class JourneyConnection:
    """A change of a journey."""

    connection: Connection
    searched: bool = False
    """Whether the next journey was searched: for tight connections only."""
    missed_arrival: int | None = None
    """POSIX seconds: when people who miss it arrive by the next journey; None if there is none
    within 24 hours."""


Connections = Mapping[int, JourneyConnection]
"""Those of a journey, by the index of the leg that is boarded."""


@dataclass(frozen=True, slots=True)
class ConnectedPage:
    """A page in its order by connections."""

    page: JourneyPage
    connections: tuple[Connections, ...]
    """Of each journey."""
    safer: frozenset[int] = field(default_factory=frozenset)
    """The journeys (by index) that come before a tight one which leaves no later."""


class PageConnections:
    """Assesses the connections of pages."""

    def __init__(
        self,
        errors: Callable[[], ForecastErrors] = ForecastErrors,
        rules: TightRules = TIGHT,
    ) -> None:
        """`errors`: the newest errors of forecasts."""
        self._errors, self.rules = errors, rules

    def of(self, page: JourneyPage) -> ConnectedPage:
        """The connections of a page, and the order they give it."""
        errors, ways = self._errors(), _PageWays(page)
        found = [_connections(page, each, errors, self.rules, ways) for each in page.journeys]
        order, safer = order_journeys([*map(_ranked, page.journeys, found)])
        return ConnectedPage(
            replace(page, journeys=tuple(page.journeys[i] for i in order)),
            tuple(found[i] for i in order),
            frozenset(order.index(i) for i in safer),
        )


UNOBSERVED: Final = PageConnections()
"""Without any observation: no probability is known."""


class _PageWays:
    """How the traveller of a page goes on: the least time of a change, and when people arrive who
    miss a tight connection."""

    def __init__(self, page: JourneyPage) -> None:
        self._page, self._found = page, dict[tuple[int, int], int | None]()

    @cached_property
    def _walking(self) -> Walking:
        return walking_of(self._page.planning.timetables, self._page.request.wishes)

    @cached_property
    def _search(self) -> JourneySearch:
        planning, wishes = self._page.planning, self._page.request.wishes
        # A followed journey can be older than the timetables.
        return JourneySearch(planning, with_known_routes(planning.timetables, wishes))

    def change_seconds(self, before: RideLeg, after: RideLeg) -> int:
        """The least time of a change at one stop."""
        ends = self._point(before, before.to_stop), self._point(after, after.from_stop)
        way = self._walking.ways.change(*ends, self._page.request.wishes.max_walk)
        return 0 if way is None else way[0]

    def missed(
        self, connection: Connection, missed: RideLeg, journey: Journey
    ) -> JourneyConnection:
        """A connection with the arrival by the first journey after the ride it leads to. It is not
        searched with places on the way, nor where the journey ends by bicycle or on demand, nor
        after many others."""
        key, page = (missed.from_stop, missed.departure), self._page
        ends_on_foot = isinstance(journey.legs[-1], RideLeg | WalkLeg)
        if not connection.tight or page.request.via or not ends_on_foot:
            return JourneyConnection(connection)
        if key not in self._found:
            if len(self._found) >= _MOST_SEARCHES:
                return JourneyConnection(connection)
            walking, max_walk = self._walking, page.request.wishes.max_walk
            found = self._search.earliest(
                walking.ways.from_stop(missed.from_stop, max_walk),
                access_to(walking, page.places[-1], max_walk),
                missed.departure + 1,
            )
            self._found[key] = None if found is None else found.arrival
        return JourneyConnection(connection, searched=True, missed_arrival=self._found[key])

    def _point(self, ride: RideLeg, stop: int) -> int:
        """The point of the network where a ride calls at a stop of the network."""
        planning, network = self._page.planning, self._page.planning.timetables.network
        feed = planning.live.snapshot.feed(network.feeds[ride.feed].feed_id)
        row = stop - int(network.stop_first[ride.feed])
        return network.point_at(ride.feed, row, get_run_trip(feed, ride.run))


def _connections(
    page: JourneyPage,
    journey: Journey,
    errors: ForecastErrors,
    rules: TightRules,
    ways: _PageWays,
) -> Connections:
    """The connections of a journey that lie ahead."""
    rides = [(i, leg) for i, leg in enumerate(journey.legs) if isinstance(leg, RideLeg)]
    found: dict[int, JourneyConnection] = {}
    for (before, alighted), (index, boarded) in pairwise(rides):
        if boarded.stays_seated or boarded.departure <= page.generated_at:
            continue
        way = sum(leg.arrival - leg.departure for leg in journey.legs[before + 1 : index])
        if index == before + 1:
            way = ways.change_seconds(alighted, boarded)
        connection = assess_connection(
            errors,
            _forecast(page, alighted, alighted.alight, alighted.arrival),
            _forecast(page, boarded, boarded.board, boarded.departure),
            boarded.departure - alighted.arrival - way,
            rules,
        )
        found[index] = ways.missed(connection, boarded, journey)
    return found


def _forecast(page: JourneyPage, ride: RideLeg, position: int, instant: int) -> Forecast:
    """What is expected at a call of a ride, at POSIX seconds."""
    timetable = page.planning.timetables.network.feeds[ride.feed]
    feed = page.planning.live.snapshot.feed(timetable.feed_id)
    trip, run = get_run_trip(feed, ride.run), feed.runs.get(ride.run)
    ahead = None
    if run is not None:
        state = run.state(position, stale=feed.is_stale(run, now=page.generated_at))
        if run.predicted_departure(position, state) is not None:
            ahead = instant - page.generated_at
    line = Line(timetable.feed_id, trip.route_id, trip.direction)
    return Forecast(line, is_peak(instant, timetable.local_zone(trip.stop(position))), ahead)


def _ranked(journey: Journey, connections: Connections) -> RankedJourney:
    """What decides the place of a journey."""
    tight = [each for _, each in sorted(connections.items()) if each.connection.tight]
    missed = [(each.connection.probability, each.missed_arrival) for each in tight]
    known = [(probability, later) for probability, later in missed if probability is not None]
    expected = None
    if len(known) == len(tight) and all(each.searched for each in tight):
        expected = expected_arrival(journey.arrival, known)
    return RankedJourney(journey.departure, expected, bool(tight))
