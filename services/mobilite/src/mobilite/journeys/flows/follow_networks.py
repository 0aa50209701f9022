"""Keeps the state that journeys are searched in up to date with the live state.

One task replaces it; the work is done in a thread. A new timetable makes a new network, while the
former one answers. A real-time message converts the runs that changed, and patches the days that
are searched most.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta

from mobilite.alerts.ports import AlertsState
from mobilite.car_parks.domain.car_park import NO_CAR_PARKS, CarParks
from mobilite.gtfs.domain.freshness import STALE_SECONDS
from mobilite.gtfs.domain.ids import FeedId
from mobilite.journeys.domain.footpaths import served_stops
from mobilite.journeys.domain.live_run import LiveRun, live_runs
from mobilite.journeys.domain.network import JourneyNetwork, join_feeds
from mobilite.journeys.domain.patterns import Patterns, patterns_of
from mobilite.journeys.domain.warm_up import warm_up
from mobilite.journeys.flows.closed_stops import closures_of
from mobilite.journeys.flows.on_demand_network import OnDemandNetwork
from mobilite.journeys.flows.planning_state import (
    Days,
    PlanningState,
    Timetables,
    no_network_yet,
)
from mobilite.journeys.flows.stations.build_walking import WalkingBuilder
from mobilite.journeys.flows.stations.station_pathways import FeedStations
from mobilite.journeys.ports import WalkingWays
from mobilite.places.ports import PlacesSource
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.streams.ports import StateSource
from mobilite.timetable.domain.timetable import Timetable
from socle.clock import Clock

log = logging.getLogger(__name__)

FindWalking = Callable[[JourneyNetwork], tuple[WalkingWays, WalkingWays]]
"""Makes the ways on foot and by wheelchair in a network."""


class JourneyNetworks:
    """The single writer of the state that journeys are searched in."""

    def __init__(
        self,
        live: StateSource[AlertsState],
        clock: Clock,
        *,
        places: PlacesSource,
        walking: FindWalking,
        refreshed: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        """`refreshed`: called after each refresh, with the seconds it took."""
        self._live, self._clock, self._places = live, clock, places
        self._refreshed = refreshed
        self._walking = self._built_with = walking
        self._car_parks = NO_CAR_PARKS
        self._other_ways = asyncio.Event()
        self._patterns: dict[FeedId, tuple[Timetable, Patterns]] = {}
        self._stations: dict[FeedId, FeedStations] = {}
        self._ways: WalkingBuilder | None = None
        self._current: PlanningState | None = None
        self._compiled = False
        self._changed = asyncio.Event()

    @property
    def state(self) -> PlanningState | None:
        """The newest state; None until there is one."""
        return self._current

    async def next_change(self) -> None:
        """Wait until the state is replaced."""
        await self._changed.wait()

    def walk_by(self, walking: FindWalking) -> None:
        """Use other ways on foot from the next refresh on. The former ones answer meanwhile."""
        self._walking = walking
        self._other_ways.set()

    def park_at(self, car_parks: CarParks) -> None:
        """Use other car parks from the next refresh on."""
        self._car_parks = car_parks
        self._other_ways.set()

    def why_not(self) -> str | None:
        """Why journeys cannot be searched yet, in French; None if they can."""
        if not self._compiled:
            return "le calcul des trajets se prépare"
        if self._current is None and _timetables(self._live.state):
            return "le réseau des trajets se construit"
        return None

    def get(self) -> PlanningState:
        """The newest state. Raises Refusal("unavailable") until there is one."""
        if self._current is None:
            raise no_network_yet()
        return self._current

    async def run(self) -> None:
        """Compile the search, then follow the live state, until cancelled."""
        await asyncio.to_thread(warm_up)
        self._compiled = True
        while True:
            if not await self.refresh():
                await self._change_or_silence()

    async def refresh(self) -> bool:
        """Replace the state if the live state is another. Returns whether it was."""
        state, now, before = self._live.state, int(self._clock.now().timestamp()), self._current
        stale = {feed_id: _silent(feed, now) for feed_id, feed in state.snapshot.feeds.items()}
        same = before is not None and before.live is state and before.stale == stale
        same = same and not self._stations_changed(now)
        same = same and before is not None and before.car_parks is self._car_parks
        if same and self._built_with is self._walking:
            return False
        if not _timetables(state):
            self._swap(None)
            return before is not None
        started = asyncio.get_running_loop().time()
        self._swap(await asyncio.to_thread(self._next, before, state, stale, now))
        self._refreshed(asyncio.get_running_loop().time() - started)
        return True

    def _swap(self, planning: PlanningState | None) -> None:
        self._current = planning
        self._changed.set()
        self._changed = asyncio.Event()

    def _next(
        self,
        before: PlanningState | None,
        state: AlertsState,
        stale: Mapping[FeedId, frozenset[int]],
        now: int,
    ) -> PlanningState:
        current = _timetables(state)
        walking, car_parks = self._walking, self._car_parks
        rebuilt = before is None or before.timetables.network.feeds != current
        if before is None or rebuilt or self._built_with is not walking:
            timetables, before, self._built_with = self._build(state, walking, now), None, walking
        else:
            timetables = before.timetables
            if self._ways is not None:
                timetables = self._ways.with_alerts(timetables, self._ways.alerts(state, now))
        runs = {
            feed_id: _runs(timetables, state.snapshot.feed(feed_id), before, stale[feed_id])
            for feed_id in timetables.feeds
        }
        closures = closures_of(timetables.network, timetables.feeds, state)
        same = before is not None and before.closures == closures
        days = Days()
        if before is not None and same and all(runs[each] is before.runs[each] for each in runs):
            days = before.days
        planning = PlanningState(
            timetables, state, self._places, runs, closures, stale, days, car_parks
        )
        today = timetables.date_of(now)
        # Arrivals are searched from the day before.
        for day in (today, today - timedelta(days=1)):
            planning.day(day)
        return planning

    def _stations_changed(self, now: int) -> bool:
        """Whether an alert about a station has begun or ended since the last refresh."""
        until = None if self._current is None else self._current.timetables.stations.until
        return until is not None and until <= now

    def _build(self, state: AlertsState, find: FindWalking, now: int) -> Timetables:
        feeds, known = _timetables(state), self._patterns
        self._patterns = {}
        for feed in feeds:
            cached = known.get(feed.feed_id)
            if cached is None or cached[0] is not feed:
                cached = feed, patterns_of(feed)
                if cached[1].rules.too_many:
                    log.warning("%s has too many transfers by trip to apply them", feed.feed_id)
            self._patterns[feed.feed_id] = cached
        patterns = [self._patterns[feed.feed_id][1] for feed in feeds]
        network = join_feeds(feeds, patterns)
        self._ways = WalkingBuilder(network, self._stations_of(feeds), find(network))
        stations, served = self._ways.alerts(state, now), served_stops(network)
        on_demand = OnDemandNetwork(network, served)
        for feed_id in on_demand.incomplete:
            log.warning("%s has too many trips or zones on demand to use them all", feed_id)
        on_foot, by_wheelchair = self._ways.walking(stations.impaired)
        return Timetables(
            network=network,
            on_foot=on_foot,
            by_wheelchair=by_wheelchair,
            served=served,
            on_demand=on_demand,
            feeds={feed.feed_id: index for index, feed in enumerate(feeds)},
            scheduled=Days(),
            stations=stations,
            walking_with=self._ways.walking,
        )

    def _stations_of(self, feeds: tuple[Timetable, ...]) -> list[FeedStations]:
        known, self._stations = self._stations, {}
        for feed in feeds:
            cached = known.get(feed.feed_id)
            if cached is None or cached.timetable is not feed:
                cached = FeedStations(feed)
                for stop_id in cached.pathways.too_large:
                    log.warning(
                        "%s: the station of %s is too large to use its pathways",
                        feed.feed_id,
                        stop_id,
                    )
            self._stations[feed.feed_id] = cached
        return [*self._stations.values()]

    async def _change_or_silence(self) -> None:
        """Wait until the live state is replaced, or an address becomes too old."""
        now = int(self._clock.now().timestamp())
        ends = [
            source.as_of + STALE_SECONDS + 1 - now
            for feed in self._live.state.snapshot.feeds.values()
            for source in feed.sources.values()
            if source.as_of is not None and source.as_of + STALE_SECONDS >= now
        ]
        current = self._current
        if current is not None and current.timetables.stations.until is not None:
            ends.append(max(0, current.timetables.stations.until - now))
        waits = [
            asyncio.ensure_future(self._change_of(self._live.state)),
            asyncio.ensure_future(self._other_ways.wait()),
        ]
        if ends:
            waits.append(asyncio.ensure_future(self._clock.sleep(min(ends))))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            self._other_ways.clear()

    async def _change_of(self, state: AlertsState) -> None:
        """Wait until the live state is not `state`: it can change before this task begins."""
        while self._live.state is state:
            await self._live.next_change()


def _timetables(state: AlertsState) -> tuple[Timetable, ...]:
    """The timetables in service, by feed id."""
    feeds = sorted(state.snapshot.feeds.items())
    return tuple(feed.schedule.timetable for _, feed in feeds if feed.schedule is not None)


def _silent(feed: FeedSnapshot, now: int) -> frozenset[int]:
    """The addresses whose content is too old at `now` (POSIX seconds)."""
    oldest = now - STALE_SECONDS
    sources = feed.sources.items()
    return frozenset(i for i, each in sources if each.as_of is not None and each.as_of < oldest)


def _runs(
    timetables: Timetables, feed: FeedSnapshot, before: PlanningState | None, stale: frozenset[int]
) -> Mapping[RunKey, LiveRun]:
    """The runs of a feed in real time; the same mapping if none changed."""
    known: Mapping[RunKey, LiveRun] = {}
    if before is not None:
        known = before.runs[feed.feed_id]
        same = before.live.snapshot.feed(feed.feed_id).runs is feed.runs
        if same and before.stale[feed.feed_id] == stale:
            return known
    network, index = timetables.network, timetables.feeds[feed.feed_id]
    return live_runs(network, index, feed.runs, stale, known)
