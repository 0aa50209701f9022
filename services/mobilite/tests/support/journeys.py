"""Journeys of a city given as GTFS text: searched by the engine, as values that tests compare."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from boards import City
from cities import timetable_from_text
from hypothesis import note
from random_journeys import JourneyCase

from mobilite.gtfs.domain.ids import FeedId
from mobilite.journeys.domain.build_day import build_day
from mobilite.journeys.domain.day_network import DayNetwork
from mobilite.journeys.domain.footpaths import WalkingRules, build_footpaths
from mobilite.journeys.domain.journey import Journey, RideLeg
from mobilite.journeys.domain.live_run import LiveRun, live_runs
from mobilite.journeys.domain.network import JourneyNetwork, join_feeds
from mobilite.journeys.domain.patch import patched
from mobilite.journeys.domain.search import Access, Query, Ways, arrive_by, depart_at
from mobilite.timetable.domain.timetable import Timetable

LONGEST = 20 * 3600
"""Seconds a journey takes at most: a day network surely covers it."""


class Region:
    """A network of feeds; stops go by their local ids, which are unique here."""

    def __init__(self, feeds: Sequence[Timetable], longest: int = 0) -> None:
        self.network = join_feeds(feeds)
        self.rules = WalkingRules(longest=longest)
        self.ways = Ways.of(build_footpaths(self.network, self.rules))
        self.changed: list[LiveRun] = []
        """The runs in real time."""

    @staticmethod
    def of(*feeds: Mapping[str, str], longest: int = 0) -> "Region":
        """The region of feeds whose files are given as text."""
        timetables = [timetable_from_text(files, f"f{n}") for n, files in enumerate(feeds)]
        return Region(timetables, longest)

    @staticmethod
    def of_city(city: City, longest: int = 0) -> "Region":
        """The region of a city's feed `f`, with its real time."""
        feed = city.live.state.snapshot.feed(FeedId("f"))
        assert feed.schedule is not None
        region = Region([feed.schedule.timetable], longest)
        live = live_runs(region.network, 0, feed.runs, stale=frozenset(), before={})
        region.changed = list(live.values())
        return region

    def day(self, at: int, *, back: int = 0) -> DayNetwork:
        """The day of an instant, or the one before, with its real time."""
        zone = self.network.feeds[0].zone(0)
        on = datetime.fromtimestamp(at, zone).date()
        day = build_day(self.network, date.fromordinal(on.toordinal() - back))
        return patched(day, self.changed) if self.changed else day

    def query(self, origin: Mapping[str, int], destination: Mapping[str, int]) -> Query:
        return Query(
            access(self.network, origin),
            access(self.network, destination),
            longest=LONGEST,
            walk_budget=self.rules.longest,
        )

    def leaving(
        self, origin: Mapping[str, int], destination: Mapping[str, int], at: int, window: int = 0
    ) -> tuple[Journey, ...]:
        query = self.query(origin, destination)
        return depart_at(self.day(at), self.ways, query, at, window=window)

    def arriving(
        self, origin: Mapping[str, int], destination: Mapping[str, int], by: int, window: int = 0
    ) -> tuple[Journey, ...]:
        query = self.query(origin, destination)
        return arrive_by(self.day(by, back=1), self.ways, query, by, window=window)


def region_of(case: JourneyCase) -> Region:
    """The engine's view of a case."""
    note("\n".join(case.files.values()))
    note(case.message)
    note(f"{case.now} {case.at} {case.longest} {case.origin} {case.destination}")
    if not case.message:
        return Region.of(case.files, longest=case.longest)
    city = City(now=case.now)
    city.schedule(case.files)
    city.publish(case.message)
    return Region.of_city(city, case.longest)


def stop_number(network: JourneyNetwork, stop_id: str) -> int:
    """The number of a stop in the network."""
    for feed, first in zip(network.feeds, network.stop_first.tolist(), strict=False):
        row = feed.stop_ids.index_of(stop_id)
        if row is not None:
            return int(first) + row
    raise KeyError(stop_id)


def stop_id(network: JourneyNetwork, stop: int) -> str:
    """The local id of a stop."""
    feed = network.feed_of_stop(stop)
    return network.feeds[feed].stop_ids[stop - int(network.stop_first[feed])]


def access(network: JourneyNetwork, near: Mapping[str, int]) -> Access:
    return Access.of((stop_number(network, stop), seconds, 0) for stop, seconds in near.items())


def rides_in_words(network: JourneyNetwork, journey: Journey) -> list[tuple[str, str, str]]:
    """(trip id, stop, stop) of each ride."""
    return [
        (
            network.feeds[leg.feed].trip_ids[leg.run.trip],
            stop_id(network, leg.from_stop),
            stop_id(network, leg.to_stop),
        )
        for leg in journey.legs
        if isinstance(leg, RideLeg)
    ]
