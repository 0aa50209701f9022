"""The quality of a feed over an hour: fresh, then failing, then not polled by us."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from boards import TODAY as START_DATE
from boards import City, paris, received, update
from cities import LINE
from prometheus_client import REGISTRY

from mobilite.events import FeedPollV1, PollError
from mobilite.feed_quality.adapters.quality_files import QualityFiles
from mobilite.feed_quality.adapters.quality_metrics import QualityGauges
from mobilite.feed_quality.api.feed_quality import feed_quality_router
from mobilite.feed_quality.domain.quality_day import QualityDay
from mobilite.feed_quality.domain.quality_shares import shares_of
from mobilite.feed_quality.flows.list_quality import QualityReader
from mobilite.feed_quality.flows.record_quality import QualityRecorder
from mobilite.gtfs.domain.ids import FeedId
from mobilite.machine.flows.search_limiter import SearchLimiter
from mobilite.wiring.openapi import PREFIX
from socle.clock import ManualClock
from socle.http import make_app
from socle.testing import ServeApp

FEED, TODAY = FeedId("f"), date(2026, 3, 2)
LATE = update(START_DATE, "stop_time_update { stop_sequence: 1 departure { delay: 60 } }")
UNKNOWN = 'entity { id: "x" trip_update { trip { trip_id: "inconnu" } } }'


@dataclass
class Replica:
    """A replica that measures one feed, and the operator behind."""

    folder: Path
    start: datetime = field(default_factory=lambda: paris("07:50:00"))

    def __post_init__(self) -> None:
        self.clock, self.city = ManualClock(self.start), City(now=self.start)
        self.city.schedule(LINE)
        announced = self.city.live.state.timetables[FEED]
        announced = announced.model_copy(update={"timezones": ("Europe/Paris",)})
        self.city.live.follow_timetables([received("f", announced, self.start)])
        self.as_of: datetime | None = None
        self.files = QualityFiles(self.folder)
        self.gauges = QualityGauges()
        self.restart()

    def restart(self) -> None:
        """Another process, which knows what is on the disk alone."""
        self.recorder = QualityRecorder(
            lambda: self.city.live.state,
            self.files,
            self.clock,
            poll_interval=15.0,
            retention_days=400,
            measured=self.gauges.set,
        )

    async def go_on(self, minutes: float, *, answers: bool = True, polled: bool = True) -> None:
        """Let time pass: the operator answers or fails, our poller works or not."""
        for tick in range(int(minutes * 4)):
            self.clock.advance(15.0)
            self.city.now = self.clock.now()
            if polled:
                if answers:
                    self.city.publish(f"{LATE} {UNKNOWN}")
                    self.as_of = self.city.now
                self._polled(answers=answers)
            await self.recorder.measure()
            if tick % 4 == 3:
                await self.recorder.store()

    def _polled(self, *, answers: bool) -> None:
        now = self.clock.now()
        poll = FeedPollV1(
            feed_id="f",
            source_index=0,
            address="https://op.example/rt.pb",
            attempted_at=now,
            outcome="accepted" if answers else "failed",
            as_of=self.as_of,
            carries=("trip_updates",),
            error=None if answers else PollError(code="timeout", message="Lent.", since=now),
            consecutive_failures=0 if answers else 1,
        )
        batch = [received(poll.key(), poll, now)]
        self.city.live.follow_polls(batch)
        self.recorder.follow_polls(batch)
        self.recorder.follow_polls(batch)  # a record can be delivered twice

    @property
    def today(self) -> QualityDay:
        sums = self.recorder.current(TODAY)
        assert sums is not None
        return sums[FEED]


@pytest.fixture
def replica(tmp_path: Path) -> Replica:
    return Replica(tmp_path / "feed-quality")


@pytest_asyncio.fixture
async def client(replica: Replica, serve_app: ServeApp) -> AsyncIterator[aiohttp.ClientSession]:
    app = make_app("Qualité", service="mobilite", clock=replica.clock, openapi_url=None)
    reader = QualityReader(
        lambda: replica.city.live.state,
        replica.files,
        lambda day: replica.recorder.current(day),
    )
    feed_quality_router(reader, replica.clock, SearchLimiter()).add_to(app, prefix=PREFIX)
    async with aiohttp.ClientSession(f"{await serve_app(app)}{PREFIX}/indicators/") as session:
        yield session


async def rows(client: aiohttp.ClientSession, **query: str) -> list[Any]:
    async with client.get("feed-quality", params=query) as answer:
        assert answer.status == 200, await answer.text()
        found: list[Any] = (await answer.json())["rows"]
        return found


async def test_silence_is_the_operators_and_our_absence_is_nobodys(replica: Replica) -> None:
    await replica.go_on(30)
    await replica.go_on(15, answers=False)
    before = replica.today
    # Sixty seconds pass before the absence of polls is noticed.
    await replica.go_on(15, polled=False)
    after, shares = replica.today, shares_of(replica.today)
    assert before.measured_s == pytest.approx(45 * 60, abs=15)
    assert after.measured_s - before.measured_s <= 345
    assert (after.polls, after.failed_polls) == (180, 60)
    assert shares.fresh_300s == pytest.approx(35 * 60 / after.measured_s, abs=0.01)
    assert shares.fresh_60s == pytest.approx(31 * 60 / after.measured_s, abs=0.01)
    # The poller comes back: what was not measured stays so.
    await replica.go_on(5)
    assert replica.today.measured_s - after.measured_s == pytest.approx(300, abs=15)


async def test_an_answering_address_proves_our_absence_at_once(replica: Replica) -> None:
    await replica.go_on(30)
    before = replica.today
    await replica.go_on(15, polled=False)
    assert replica.today.measured_s - before.measured_s <= 60


async def test_runs_and_updates_are_counted(replica: Replica) -> None:
    await replica.go_on(50)
    sums, shares = replica.today, shares_of(replica.today)
    # From 07:50 to 08:40, with a run from 08:00 to 08:30.
    assert sums.counted == pytest.approx(50, abs=1)
    assert sums.under_way == sums.with_real_time == pytest.approx(30, abs=1)
    assert (shares.matched, shares.unmatched, shares.matched_share) == (1.0, 1.0, 0.5)
    assert shares.vehicles_with_trip is None


async def test_a_killed_process_loses_a_minute_at_most(replica: Replica) -> None:
    await replica.go_on(10)
    stored = replica.files.load(TODAY)[FEED]
    await replica.go_on(0.5)
    replica.restart()
    await replica.go_on(10)
    assert replica.today.measured_s - stored.measured_s == pytest.approx(600, abs=30)
    assert replica.today.polls == stored.polls + 40


async def test_the_rows_of_today_and_of_days_without_measurement(
    replica: Replica, client: aiohttp.ClientSession
) -> None:
    replica.files.store(date(2026, 2, 28), {FEED: QualityDay(86_400.0, 5760, 86_400.0, 43_200.0)})
    await replica.go_on(10)
    found = {each["date"]: each for each in await rows(client)}
    assert [*found] == ["2026-02-28", "2026-03-01", "2026-03-02"]
    saturday, sunday, today = found.values()
    assert (saturday["coverage"], saturday["fresh_60s"], saturday["complete"]) == (1.0, 0.5, True)
    assert (sunday["coverage"], sunday["n"], sunday["fresh_60s"]) == (0.0, 0, None)
    assert (today["complete"], today["errors"], today["polls"]) == (False, 0.0, 40)
    assert today["coverage"] == pytest.approx(10 / 480, abs=0.001)
    async with client.get("feed-quality.csv") as answer:
        lines = [*csv.DictReader(io.StringIO(await answer.text()))]
    assert [(each["date"], each["fresh_60s"]) for each in lines[:2]] == [
        ("2026-02-28", "0.5"),
        ("2026-03-01", ""),
    ]
    async with client.get("feed-quality", params={"limit": "2"}) as answer:
        page = await answer.json()
    assert len(page["rows"]) == 2
    last = await rows(client, limit="2", cursor=page["next"])
    assert [each["date"] for each in last] == ["2026-03-02"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"from": "2026-03-02", "to": "2026-03-01"}, 400),
        ({"from": "2020-01-01", "to": "2026-03-01"}, 400),
        ({"feed": "inconnu"}, 404),
        ({"cursor": "x"}, 400),
    ],
)
async def test_absurd_queries_are_refused_in_words(
    client: aiohttp.ClientSession, query: dict[str, str], status: int
) -> None:
    async with client.get("feed-quality", params=query) as answer:
        assert answer.status == status
        assert (await answer.json())["detail"]


async def test_gauges_have_the_shares_of_today(replica: Replica) -> None:
    await replica.go_on(5)
    await replica.recorder.store()
    labels = {"feed": "f"}
    assert REGISTRY.get_sample_value("mobilite_feed_fresh_ratio", labels) == 1.0
    assert REGISTRY.get_sample_value("mobilite_feed_poll_error_ratio", labels) == 0.0
    replica.gauges.set({})
    assert REGISTRY.get_sample_value("mobilite_feed_fresh_ratio", labels) is None


async def test_a_damaged_file_and_a_full_disk_stop_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "feed-quality"
    folder.mkdir()
    (folder / "2026-03-02.json").write_text('{"f": {"measured_s": "x"}}')
    replica = Replica(folder)
    await replica.go_on(5)
    assert replica.files.load(TODAY)[FEED].polls == 20
    blocked = Replica(tmp_path / "file")
    (tmp_path / "file").write_text("no folder")
    await blocked.go_on(5)
    assert blocked.today.polls == 20


async def test_old_days_are_removed(replica: Replica) -> None:
    replica.files.store(TODAY - timedelta(days=401), {FEED: QualityDay()})
    replica.files.store(TODAY - timedelta(days=399), {FEED: QualityDay()})
    await replica.go_on(1)
    assert replica.files.days() == [TODAY - timedelta(days=399), TODAY]


async def test_a_day_ends_at_midnight_where_the_network_is(replica: Replica) -> None:
    late = Replica(replica.folder, datetime(2026, 3, 2, 22, 55, tzinfo=UTC))
    await late.go_on(10)
    monday, tuesday = (late.recorder.current(TODAY + timedelta(days=day)) for day in (0, 1))
    assert monday is not None
    assert tuesday is not None
    assert monday[FEED].measured_s == pytest.approx(300, abs=30)
    assert tuesday[FEED].measured_s == pytest.approx(300, abs=30)
