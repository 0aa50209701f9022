"""What a search of journeys reads: timetables, real time and alerts of one instant, together.

Immutable for callers: a search that has begun goes on with its own, whatever is swapped meanwhile.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from threading import Lock
from zoneinfo import ZoneInfo

from mobilite.alerts.ports import AlertsState
from mobilite.car_parks.domain.car_park import NO_CAR_PARKS, CarParks
from mobilite.geo.domain.walking import WALKING_SPEED
from mobilite.gtfs.domain.ids import FeedId
from mobilite.journeys.domain.build_day import build_day
from mobilite.journeys.domain.day_network import DayNetwork
from mobilite.journeys.domain.live_run import LiveRun
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.journeys.domain.patch import patched
from mobilite.journeys.domain.search import Ways
from mobilite.journeys.flows.closed_stops import Closures, with_closures
from mobilite.journeys.flows.on_demand_network import OnDemandNetwork
from mobilite.journeys.flows.stations.station_alerts import (
    ImpairedFeeds,
    StationState,
    impaired_feeds,
)
from mobilite.journeys.flows.stations.station_walking import StationWalking
from mobilite.places.ports import PlacesSource
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.timetable.domain.timetable import I32
from socle.errors import Refusal

_CACHED_DAYS = 16
"""Dates whose networks are cached."""
_CACHED_SPEEDS = 4
"""Speeds at which the time of every way in the network is cached."""


class Days:
    """Cached day networks by date. Thread-safe: of one computed twice at once, the first counts."""

    def __init__(self) -> None:
        self._days: dict[date, DayNetwork] = {}
        self._lock = Lock()

    def get(self, on: date) -> DayNetwork | None:
        """The network of a date, if it is cached."""
        with self._lock:
            day = self._days.pop(on, None)
            if day is not None:
                self._days[on] = day
            return day

    def add(self, on: date, day: DayNetwork) -> DayNetwork:
        """Cache the network of a date, if there are many in place of the one asked for least
        recently: others can ask for any dates, but today stays."""
        with self._lock:
            if on not in self._days and len(self._days) >= _CACHED_DAYS:
                del self._days[next(iter(self._days))]
            return self._days.setdefault(on, day)


@dataclass(frozen=True, eq=False)
class Walking:
    """The ways on foot, or by wheelchair, in a network. The cache changes no result."""

    ways: Ways
    """Between stops."""
    anywhere: StationWalking
    """To and from any point."""

    def at_speed(self, speed: float) -> "Walking":
        """The same ways walked at that speed, in metres a second."""
        return self if speed == WALKING_SPEED else self._paced(speed)

    @cached_property
    def _paced(self) -> Callable[[float], "Walking"]:
        return lru_cache(_CACHED_SPEEDS)(
            lambda speed: Walking(self.ways.at_speed(speed), self.anywhere.at_speed(speed))
        )


@dataclass(frozen=True, slots=True, eq=False)
class Timetables:
    """The network of some feed versions, with what depends on them, on the streets, and on what
    alerts report of stations."""

    network: JourneyNetwork
    on_foot: Walking
    by_wheelchair: Walking
    served: I32
    """The stops at which trips with a timetable call."""
    on_demand: OnDemandNetwork
    feeds: Mapping[FeedId, int]
    """The index of each feed in the network."""
    scheduled: Days
    """Days by the schedule."""
    stations: StationState
    """What alerts report of lifts and entrances: the ways are those of that instant."""
    walking_with: Callable[[ImpairedFeeds], tuple[Walking, Walking]]
    """The ways on foot and by wheelchair at another instant."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose dates its days have."""
        return self.network.feeds[0].zone(0)

    def walking(self, *, wheelchair: bool) -> Walking:
        """The ways of a traveller."""
        return self.by_wheelchair if wheelchair else self.on_foot

    def at(self, instant: int) -> "Timetables":
        """The same with the ways inside stations of an instant (POSIX seconds), as far as alerts
        foresee it."""
        impaired = impaired_feeds(self.stations.alerts, instant)
        if impaired == self.stations.impaired:
            return self
        on_foot, by_wheelchair = self.walking_with(impaired)
        stations = replace(self.stations, impaired=impaired)
        return replace(self, on_foot=on_foot, by_wheelchair=by_wheelchair, stations=stations)

    def date_of(self, instant: int) -> date:
        """The date of POSIX seconds."""
        return datetime.fromtimestamp(instant, self.zone).date()

    def covers(self, instant: int) -> bool:
        """Whether runs can be under way then (POSIX seconds): one can end a day after the last."""
        day = timedelta(days=1)
        return self.first_date - day <= self.date_of(instant) <= self.last_date + day

    @property
    def first_date(self) -> date:
        """The first day of all calendars."""
        return min(feed.first_date for feed in self.network.feeds)

    @property
    def last_date(self) -> date:
        """The last day of all calendars."""
        return max(feed.last_date for feed in self.network.feeds)


@dataclass(frozen=True, slots=True, eq=False)
class PlanningState:
    """Timetables with the real time matched to them."""

    timetables: Timetables
    live: AlertsState
    """The state that the runs are of."""
    places: PlacesSource
    """Gives the newest places; a search resolves those of its query once."""
    runs: Mapping[FeedId, Mapping[RunKey, LiveRun]]
    """The runs in real time."""
    closures: Closures
    """The stops that alerts close."""
    stale: Mapping[FeedId, frozenset[int]]
    """The addresses whose predictions are too old."""
    days: Days
    """Days in real time."""
    car_parks: CarParks = NO_CAR_PARKS
    """Those for park-and-ride."""

    def at(self, instant: int) -> "PlanningState":
        """The same with the ways inside stations of an instant (POSIX seconds)."""
        timetables = self.timetables.at(instant)
        return self if timetables is self.timetables else replace(self, timetables=timetables)

    def day(self, on: date) -> DayNetwork:
        """The network of a date, in real time."""
        day = self.days.get(on)
        if day is None:
            scheduled = self.timetables.scheduled.get(on)
            if scheduled is None:
                network = build_day(self.timetables.network, on)
                scheduled = self.timetables.scheduled.add(on, network)
            day = self.days.add(on, self._patched(scheduled))
        return day

    def _patched(self, day: DayNetwork) -> DayNetwork:
        runs = {
            (index, key): run
            for feed_id, index in self.timetables.feeds.items()
            for key, run in self.runs[feed_id].items()
        }
        changed = [*runs.values()]
        if self.closures:
            changed = with_closures(day, runs, self.closures, self.live)
        return patched(day, changed) if changed else day


def no_network_yet() -> Refusal:
    """The refusal until journeys can be searched."""
    return Refusal(
        "unavailable",
        "Les horaires ne sont pas encore chargés : redemandez dans un instant.",
        retry_after=5,
    )
