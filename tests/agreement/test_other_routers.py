"""Ours finds the journeys that other routers find, and no others.

The demo region at 08:00, and Porto Alegre by bus and train at 14:00, by the schedule and with
delays. What the others define otherwise is stated here, and ours is asked or read so that nothing
may differ:

- cafein boards at the origin stop only, and walks from the last ride to the destination: the
  origin of the query is one stop. It changes at one stop in no time, whatever `transfers.txt` has:
  so do the ways of that comparison. It has the runs of one service date: so have the files.
- Of an earliest arrival both others give the time of the query as the departure.
- In a window they let a journey wait for a ride after its end: it leaves at the last instant, and
  hides journeys in the window that arrive no earlier. Ours are in the window with all their first
  rides: the earliest arrivals from the last instant are added, and the best of all taken.
- nigiri calculates in whole minutes, two for a change at least, and adds ways that complete
  chains of ways: it is compared on times in minutes, and without walking.
- Each interpolates missing times in a way of its own: the times are written to the files.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from bench.journeys.delays import delayed_runs
from other_routers import (
    MOST_RIDES,
    NIGIRI_CHANGE,
    Cafein,
    Nigiri,
    Result,
    Router,
    demo_files,
    timetable_of,
    with_delays,
    with_every_time,
    with_one_day,
    with_transfers,
)

from mobilite.journeys.domain.access import Access
from mobilite.journeys.domain.build_day import build_day
from mobilite.journeys.domain.day_network import DayNetwork
from mobilite.journeys.domain.footpaths import WalkingRules, build_footpaths, served_stops
from mobilite.journeys.domain.network import JourneyNetwork, join_feeds
from mobilite.journeys.domain.patch import patched
from mobilite.journeys.domain.search import Query, Ways, depart_at
from socle.testing import one_size

PAIRS = 200
DELAYED = 500
DEMO_REGION, PORTO_ALEGRE = "demo region", "Porto Alegre"
HOUR = 3600
PLACES = [pytest.param(DEMO_REGION, marks=one_size), PORTO_ALEGRE]
# Small runs leave out what a window of an hour contains too.
SECONDS = [pytest.param(0, marks=one_size), HOUR]


@dataclass(frozen=True)
class Window:
    """Departures of so many seconds, of which the router sees each `unit`; 0: one departure."""

    seconds: int
    unit: int


@dataclass(frozen=True)
class Place:
    """A network, an instant at which it is busy, and its files."""

    network: JourneyNetwork
    day: DayNetwork
    at: datetime
    files: list[Path]

    def pairs(self, number: int) -> Iterator[tuple[int, int]]:
        """Pairs of different served stops, the same every time."""
        served = served_stops(self.network).tolist()
        random = Random(4)
        for _ in range(number):
            origin, destination = random.sample(served, 2)
            yield origin, destination

    def ways(self, walk: int) -> Ways:
        """The ways, of which those to the same stop take no time."""
        ways = build_footpaths(self.network, WalkingRules(longest=walk))
        source = np.repeat(np.arange(self.network.stops), np.diff(ways.first))
        seconds = np.where(source == ways.target, 0, ways.seconds).astype(np.int32)
        return Ways.of(replace(ways, seconds=seconds))

    def ways_in_minutes(self, least: int) -> Ways:
        """The ways without walking, in whole minutes, and that many seconds at least."""
        ways = build_footpaths(self.network, WalkingRules(change_seconds=least))
        return Ways.of(replace(ways, seconds=-(-ways.seconds // 60) * 60))

    def journeys(self, ways: Ways, walk: int, pair: tuple[int, int], window: Window) -> set[Result]:
        """The journeys as the others define them."""
        origin, destination = pair
        near = Access.of([(origin, 0, 0)])
        query = Query(near, ways.to_stop(destination, walk), MOST_RIDES, walk_budget=walk)
        start = int(self.at.timestamp())
        last = start + window.seconds - window.unit if window.seconds else start
        later = depart_at(self.day, ways, query, last)
        found = {Result(last, each.arrival, each.rides) for each in later}
        if window.seconds:
            inside = depart_at(self.day, ways, query, start, window=last - start)
            found |= {Result(each.departure, each.arrival, each.rides) for each in inside}
        return {one for one in found if not any(is_better(other, one) for other in found)}


def is_better(one: Result, other: Result) -> bool:
    return (
        one != other
        and one.departure >= other.departure
        and one.arrival <= other.arrival
        and one.rides <= other.rides
    )


def place_of(name: str, folder: Path, request: pytest.FixtureRequest, unit: int) -> Place:
    """The place of that name, its times down to a multiple of `unit` seconds."""
    if name == PORTO_ALEGRE:
        at = datetime(2019, 5, 13, 14, tzinfo=ZoneInfo("America/Sao_Paulo"))
        feeds = request.getfixturevalue("real_feeds")
        files = [feeds / "poa_eptc.zip", feeds / "poa_trensurb.zip"]
    else:
        at = datetime(2026, 11, 26, 8, tzinfo=ZoneInfo("Europe/Paris"))
        files = demo_files(folder, at, *(() if name == DEMO_REGION else (name,)))
    files = with_every_time(files, folder / "timed", unit)
    if unit == 1:
        files = with_one_day(files, folder / "day", at)
    network = join_feeds([timetable_of(path) for path in files])
    return Place(network, build_day(network, at.date()), at, files)


def differences(
    place: Place, router: Router, ways: Ways, walk: int, window: Window, pairs: int
) -> tuple[int, list[object]]:
    """How many journeys are equal, and the pairs where one differs."""
    equal, different = 0, list[object]()
    for pair in place.pairs(pairs):
        own = place.journeys(ways, walk, pair, window)
        others = router.journeys(*pair, window.seconds // 60)
        equal += len(own & others)
        if own != others:
            different.append((pair, sorted(own - others), sorted(others - own)))
    return equal, different


def by_cafein(place: Place, walk: int, seconds: int) -> None:
    router, ways = Cafein(place.files, place.network, place.at), place.ways(walk)
    router.use(ways.onwards)
    equal, different = differences(place, router, ways, walk, Window(seconds, 1), PAIRS)
    assert different == []
    assert equal > PAIRS // 10


def by_nigiri(place: Place, seconds: int, folder: Path, pairs: int) -> None:
    ways = place.ways_in_minutes(NIGIRI_CHANGE)
    files = with_transfers(place.files, folder, place.network, ways.onwards)
    router = Nigiri(files, place.network, place.at)
    equal, different = differences(place, router, ways, 0, Window(seconds, 60), pairs)
    assert different == []
    assert equal > pairs // 10


@one_size
@pytest.mark.deep_only
@pytest.mark.parametrize("seconds", [0, HOUR])
@pytest.mark.parametrize("walk", [0, 500])
@pytest.mark.parametrize("name", [DEMO_REGION, PORTO_ALEGRE])
def test_cafein_finds_the_same_journeys(
    name: str, walk: int, seconds: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    by_cafein(place_of(name, tmp_path, request, unit=1), walk, seconds)


@pytest.mark.deep_only
@pytest.mark.parametrize("seconds", SECONDS)
def test_cafein_finds_the_same_journeys_with_delays(
    seconds: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Ours patches the day; cafein reads files with the predicted times."""
    place = place_of(PORTO_ALEGRE, tmp_path, request, unit=1)
    delayed = delayed_runs(place.network, place.at, DELAYED)
    files = with_delays(place.files, tmp_path / "delayed", place.day, delayed)
    by_cafein(replace(place, day=patched(place.day, delayed), files=files), 500, seconds)


@pytest.mark.deep_only
@pytest.mark.parametrize("seconds", SECONDS)
@pytest.mark.parametrize("name", PLACES)
def test_nigiri_finds_the_same_journeys(
    name: str, seconds: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    place = place_of(name, tmp_path, request, unit=60)
    by_nigiri(place, seconds, tmp_path / "nigiri", PAIRS)


def test_nigiri_finds_the_same_journeys_of_a_town(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    by_nigiri(place_of("azalys", tmp_path, request, unit=60), HOUR, tmp_path / "nigiri", 20)
