"""Delays of the demo region estimated from positions alone are nearer to the truth than the last
delay, and than the timetable.

The trams and buses of Orléans publish their positions, and nothing else. What is estimated of them
is compared with what they really do afterwards, which the estimator never sees.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import mean
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import pytest
import region_play
from region_play import OperatorPlay

from demo.days.operator_day import OperatorDay
from demo.days.truth import TrueRun, start_of
from demo.network.region import region
from mobilite.estimates.domain.delay_model import DelayModel
from mobilite.estimates.flows.follow_vehicles import EstimatedRun, FollowedVehicles
from mobilite.gtfs.domain.ids import FeedId
from socle.testing import sized

PARIS: Final = ZoneInfo("Europe/Paris")
DAY: Final = date(2026, 3, 3)
TAO: Final = next(operator for operator in region() if operator.id == "tao")
SEED: Final = 1
STEP: Final = 30
"""Seconds between two polls."""
RANGES: Final = ((0, 300), (300, 900), (900, 1800))
"""Seconds from an estimate until the call."""
LEARNING: Final = timedelta(minutes=45)


class Compared(NamedTuple):
    """One call ahead of a vehicle: what was estimated of it, in seconds from what it did."""

    ahead: int
    estimate: int
    last_delay: int
    timetable: int


def compare(run: EstimatedRun, true: TrueRun, play: OperatorPlay) -> Iterator[Compared]:
    """The estimated calls of a run beside the truth."""
    schedule = play.live.state.snapshot.feed(FeedId("tao")).schedule
    assert schedule is not None
    planned = schedule.run_calls(run.key.trip, run.key.day)
    for call in run.calls:
        if call.position in true.skipped:
            continue
        happens = round(start_of(DAY) + true.driven.arrivals[call.position])
        scheduled = int(planned.arrivals[call.position])
        yield Compared(
            happens - run.seen_at,
            call.arrival - happens,
            scheduled + run.delay - happens,
            scheduled - happens,
        )


async def test_estimates_are_nearer_than_the_last_delay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(region_play.ADDRESSES, "tao", {"positions.pb": ("vehicles",)})
    start = datetime(2026, 3, 3, 7, 0, tzinfo=PARIS)
    play, day = OperatorPlay(TAO, start, tmp_path, seed=SEED), OperatorDay(TAO, DAY, seed=SEED)
    followed, compared = None, list[Compared]()
    for seconds in range(0, sized(75, deep=240) * 60, STEP):
        at = start + timedelta(seconds=seconds)
        await play.poll(at)
        state, now = play.live.state, int(at.timestamp())
        feed = state.snapshot.feed(FeedId("tao"))
        if followed is None:
            assert feed.schedule is not None
            followed = FollowedVehicles(feed.schedule, DelayModel())
        followed.observe(feed, state.fleet(FeedId("tao")), now)
        if at < start + LEARNING or now % 300:
            continue
        true = {run.trip_id: run for run in day.published_at(now - start_of(DAY))}
        for run in followed.estimates(now):
            if known := true.get(run.trip.trip_id):
                compared += compare(run, known, play)
    for nearest, farthest in RANGES:
        rows = [each for each in compared if nearest <= each.ahead < farthest]
        assert len(rows) > 100
        estimate, last_delay, timetable = (
            mean(abs(error) for error in errors) for errors in list(zip(*rows, strict=True))[1:]
        )
        assert estimate < last_delay
        assert estimate < timetable
