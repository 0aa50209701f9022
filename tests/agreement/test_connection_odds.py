"""Connections of the demo region are caught as often as announced.

The trams and buses of Orléans are polled for a morning. What a replica learns from their messages
until then is compared with what its vehicles really do afterwards, which it never sees.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from region_play import OperatorPlay

from demo.days.operator_day import OperatorDay
from demo.days.truth import TrueRun, start_of
from demo.network.region import region
from mobilite.connections.domain.connection import (
    TIGHT,
    Forecast,
    assess_connection,
    is_peak,
)
from mobilite.connections.domain.forecast_errors import ForecastErrors, Line
from mobilite.connections.domain.observed_calls import CallObserver
from mobilite.gtfs.domain.ids import FeedId
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.propagation import PREDICTED
from mobilite.realtime.domain.run import Run
from socle.testing import one_size

PARIS: Final = ZoneInfo("Europe/Paris")
DAY: Final = date(2026, 3, 3)
TAO: Final = next(operator for operator in region() if operator.id == "tao")
SEED: Final = 1
LATEST: Final = 20 * 60
"""Seconds ahead of the connections compared."""
SLACK: Final = 240


class Call(NamedTuple):
    """A predicted call of a run, with what really happens."""

    run: Run
    instant: int
    true: int


class Odds(NamedTuple):
    """A connection."""

    announced: float
    caught: bool


def true_runs(day: OperatorDay, now: int) -> dict[str, TrueRun]:
    """What the runs under way really do, by trip id."""
    runs = day.published_at(now - start_of(DAY))
    return {run.trip_id: run for run in runs if run.relationship == "scheduled"}


def calls_at_stops(
    feed: FeedSnapshot, true: dict[str, TrueRun], now: int
) -> tuple[dict[str, list[Call]], dict[str, list[Call]]]:
    """The arrivals and departures predicted within the next minutes, by the name of the stop."""
    arrivals, departures = dict[str, list[Call]](), dict[str, list[Call]]()
    start, schedule = start_of(DAY), feed.schedule
    assert schedule is not None
    for run in feed.runs.values():
        known = true.get(run.trip.trip_id)
        if known is None:
            continue
        for position, state in enumerate(run.calls.states):
            if state != PREDICTED or position in known.skipped:
                continue
            name = schedule.timetable.stop_names[run.stop(position)]
            for found, times, driven in (
                (arrivals, run.calls.arrivals, known.driven.arrivals),
                (departures, run.calls.departures, known.driven.departures),
            ):
                if now < times[position] <= now + LATEST:
                    call = Call(run, times[position], start + driven[position])
                    found.setdefault(name, []).append(call)
    return arrivals, departures


def connections(
    feed: FeedSnapshot, errors: ForecastErrors, true: dict[str, TrueRun], now: int
) -> Iterator[Odds]:
    """The tight changes between two lines at stops of one name, a step apart."""
    arrivals, departures = calls_at_stops(feed, true, now)
    for stop, alighting in arrivals.items():
        for one in alighting:
            for other in departures.get(stop, []):
                slack = other.instant - one.instant
                if one.run.trip.route == other.run.trip.route or not 0 <= slack <= SLACK:
                    continue
                found = assess_connection(
                    errors, forecast(one, now), forecast(other, now), slack, TIGHT
                )
                if found.probability is not None:
                    yield Odds(found.probability, one.true <= other.true)


def forecast(call: Call, now: int) -> Forecast:
    trip = call.run.trip
    line = Line(FeedId("tao"), trip.route_id, trip.direction)
    return Forecast(line, is_peak(call.instant, PARIS), call.instant - now)


@one_size
@pytest.mark.deep_only
async def test_connections_of_orleans_are_caught_as_often_as_announced(tmp_path: Path) -> None:
    start = datetime(2026, 3, 3, 7, 0, tzinfo=PARIS)
    play = OperatorPlay(TAO, start, tmp_path, seed=SEED)
    day, random = OperatorDay(TAO, DAY, seed=SEED), Random(1)
    schedule = play.live.state.snapshot.feed(FeedId("tao")).schedule
    assert schedule is not None
    observer, errors, odds = CallObserver(schedule), ForecastErrors(), list[Odds]()
    for step in range(200):
        instant = start + timedelta(seconds=30 * step)
        await play.poll(instant)
        now, feed = int(instant.timestamp()), play.live.state.snapshot.feed(FeedId("tao"))
        errors = errors.with_calls(observer.observe(feed, now), now)
        if instant.hour >= 8 and step % 5 == 0:
            found = [*connections(feed, errors, true_runs(day, now), now)]
            odds += random.sample(found, min(len(found), 400))
    table = [*tenths(odds)]
    assert not [each for each in table if each.connections >= 80 and not each.agrees], table
    assert len(odds) > 1_000


class Tenth(NamedTuple):
    """The connections announced with about one probability."""

    connections: int
    announced: float
    caught: float

    @property
    def agrees(self) -> bool:
        return abs(self.announced - self.caught) < 0.12


def tenths(odds: list[Odds]) -> Iterator[Tenth]:
    """How often connections were caught, by tenth of what was announced."""
    for tenth in range(10):
        chosen = [each for each in odds if int(min(each.announced, 0.999) * 10) == tenth]
        if chosen:
            announced = sum(each.announced for each in chosen) / len(chosen)
            caught = sum(each.caught for each in chosen) / len(chosen)
            yield Tenth(len(chosen), round(announced, 3), round(caught, 3))
