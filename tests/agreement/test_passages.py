"""The punctuality of the demo's day equals the simulator's own truth.

An operator is polled, what happens is observed, archived and counted. What its vehicles really do
is never seen. Every call that is observed by predictions is exact to the second, so the figures are
equal. What is not observed are the runs whose vehicles publish nothing.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from region_play import OperatorPlay

from demo.days.operator_day import OperatorDay
from demo.days.truth import TrueRun, start_of
from demo.network.model import Operator
from demo.network.region import region
from mobilite.gtfs.domain.ids import FeedId
from mobilite.indicators.adapters.daily_tables import StoredTables
from mobilite.indicators.domain.punctuality import OnTime
from mobilite.indicators.flows.list_punctuality import list_punctuality
from mobilite.indicators.flows.query_figures import FigureQuery
from mobilite.passages.adapters.passage_archive import PassageArchive
from mobilite.passages.flows.record_passages import PassageRecorder
from socle.testing import one_size, sized

PARIS: Final = ZoneInfo("Europe/Paris")
DAY: Final = date(2026, 3, 3)
SEED: Final = 1
FEED: Final = FeedId("tao")
STEP: Final = 20
"""Seconds between two polls: as often as the operator's system renews a run."""
HOUR: Final = 3600
ONE_DAY: Final = FigureQuery(first=DAY, last=DAY)


def orleans(first: int, last: int, lines: set[str]) -> Operator:
    """The runs that begin within these seconds of the day, of these lines; empty: of all."""
    tao = next(operator for operator in region() if operator.id == "tao")
    runs = [
        run for run in tao.runs if first <= run.start < last and (not lines or run.line.id in lines)
    ]
    return replace(tao, runs=tuple(runs))


class Played(NamedTuple):
    """What is known after an operator was polled for some hours."""

    operator: Operator
    archive: PassageArchive
    tables: StoredTables
    now: int


async def play(operator: Operator, first: int, last: int, folder: Path) -> Played:
    """Poll the operator from the first instant to the last (seconds of the day); close the day."""
    start = datetime.fromtimestamp(start_of(DAY) + first, PARIS)
    region_play = OperatorPlay(operator, start, folder, seed=SEED)
    archive = PassageArchive(folder / "passages")
    recorder = PassageRecorder(lambda: region_play.live.state, region_play.clock, archive)
    for step in range((last - first) // STEP):
        await region_play.poll(start + timedelta(seconds=STEP * step))
        recorder.observe()
        if step % 30 == 0:
            recorder.store()
    recorder.store()
    archive.close_days(start_of(DAY) + 30 * HOUR)
    tables = StoredTables(archive, folder / "figures")
    return Played(operator, archive, tables, start_of(DAY) + 30 * HOUR)


def true_runs(operator: Operator) -> dict[str, TrueRun]:
    """What every run really does, by trip id."""
    day, found = OperatorDay(operator, DAY, seed=SEED), dict[str, TrueRun]()
    for seconds in range(0, 30 * HOUR, 600):
        for run in day.published_at(seconds):
            if run.copied is not None and run.trip_id == run.copied.trip_id:
                found[run.trip_id] = run
    return found


def true_delays(run: TrueRun) -> Iterator[tuple[int, int]]:
    """The delay of each call that is made: of the departure, at the terminus of the arrival."""
    last = len(run.pattern.stops) - 1
    for position in range(last + 1):
        if position not in run.skipped and run.relationship == "scheduled":
            driven, planned = (
                (run.driven.arrivals, run.planned.arrivals)
                if position == last
                else (run.driven.departures, run.planned.departures)
            )
            yield position, driven[position] - planned[position]


def check_figures(played: Played) -> None:
    """Hold the figures of each line against the truth."""
    runs = true_runs(played.operator)
    rows = list_punctuality(played.tables, ONE_DAY, "route", OnTime(), now=played.now).rows
    assert {row.route for row in rows} == {f"tao:{run.line.id}" for run in runs.values()}
    for row in rows:
        of_line = [run for run in runs.values() if f"tao:{run.line.id}" == row.route]
        delays = [delay for run in of_line if run.located for _, delay in true_delays(run)]
        made = sum(1 for run in of_line for _ in true_delays(run))
        lost = [run for run in of_line if run.relationship != "scheduled" or run.skipped]
        figures = row.figures
        assert figures.n == len(delays), row
        assert figures.on_time == sum(-60 <= each <= 300 for each in delays) / len(delays), row
        assert figures.median_delay == median(delays), row
        assert figures.coverage == len(delays) / made, row
        assert (figures.runs, figures.cancelled) == (len(of_line), len(lost)), row
        assert row.complete


def check_archive(played: Played) -> None:
    """Hold every row of the archive against the truth."""
    runs = true_runs(played.operator)
    table, _ = played.archive.read_day(DAY, FEED, played.now)
    states, start = Counter[Any](), start_of(DAY)
    for row in table.to_pylist():
        states[row["source"], row["state"]] += 1
        run, position = runs.get(row["trip_id"]), row["stop_sequence"]
        if row["state"] != "observed":
            continue
        assert run is not None, row
        assert position not in run.skipped, row
        times = (run.driven.arrivals[position], run.driven.departures[position])
        observed = [
            None if row[name] is None else int(row[name].timestamp()) - start
            for name in ("observed_arrival", "observed_departure")
        ]
        if row["source"] == "predictions":
            assert observed == [*times], row
            continue
        for instant, true in zip(observed, times, strict=True):
            # A position is measured every ten seconds.
            off = 0 if instant is None else abs(instant - true)
            assert off <= 3 * STEP, row
            states["off", ""] += off > STEP
    planned = sum(len(run.pattern.stops) for run in runs.values())
    for source in ("predictions", "positions"):
        found = sum(
            number for (of, state), number in states.items() if of == source and state != "added"
        )
        assert found == planned, states
    assert states["positions", "observed"] > 0.7 * states["predictions", "observed"]
    # A vehicle publishes one of its runs: of the next one, the first departure can be seen late.
    assert states["off", ""] < 0.01 * states["positions", "observed"]


async def test_the_punctuality_of_an_hour_equals_the_truth(tmp_path: Path) -> None:
    operator = orleans(7 * HOUR, 7 * HOUR + 1200, set())
    played = await play(operator, 7 * HOUR - 600, 8 * HOUR + 2400, tmp_path)
    check_figures(played)
    check_archive(played)


@one_size
@pytest.mark.deep_only
async def test_the_punctuality_of_a_day_equals_the_truth(tmp_path: Path) -> None:
    end = sized(10, deep=26)
    # Of a shorter day, the runs that are over at its end.
    operator = orleans(0, (30 if end == 26 else end - 3) * HOUR, {"B"})
    played = await play(operator, 4 * HOUR, end * HOUR, tmp_path)
    check_figures(played)
    check_archive(played)
