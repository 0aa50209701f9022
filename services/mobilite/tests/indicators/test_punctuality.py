"""Punctuality and cancellations, against days counted by hand."""

import csv
import io
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from statistics import median as exact_median
from typing import Any

import aiohttp
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from boards import TODAY, city_of_one_bus, paris, update
from hypothesis import given
from hypothesis import strategies as st
from passing import FEED, Observed, bus, skipping

from mobilite.indicators.adapters.daily_tables import StoredTables
from mobilite.indicators.api.punctuality import punctuality_router
from mobilite.indicators.domain.punctuality import OnTime, median
from mobilite.indicators.flows.list_punctuality import PUNCTUALITY
from mobilite.machine.adapters.checksum import checksum
from mobilite.machine.flows.search_limiter import SearchLimiter
from mobilite.passages.adapters.passage_checksums import stored_checksum
from mobilite.passages.api.passages import passages_router
from socle.http import make_app
from socle.testing import ServeApp


def observed_day(folder: Path) -> Observed:
    """The bus leaves s1 30 s late, s2 6 min late, s3 90 s early, and ends 5 min late."""
    observed = Observed(folder / "passages")
    observed.at("07:59:00", bus(s1=30, s2=360))
    observed.at("08:00:40", bus(s1=30, s2=360))
    observed.at("08:17:10", bus(s2=360, s3=-90))
    observed.at("08:18:40", bus(s3=-90, s4=300))
    observed.at("08:35:10", bus(s4=300))
    observed.recorder.store()
    return observed


def close(observed: Observed) -> None:
    observed.archive.close_days(int(paris("03:00:00", "2026-03-03").timestamp()))


class Api:
    """The endpoints of an archive, and the status of the last answer."""

    def __init__(self, address: str) -> None:
        self._address, self.status = address, 0

    async def get(self, path: str, **query: str) -> Any:
        url = f"{self._address}/{path}"
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, params=query) as answer,
        ):
            self.status = answer.status
            is_json = "json" in answer.headers["content-type"]
            return await (answer.json(content_type=None) if is_json else answer.read())


async def serve(serve_app: ServeApp, observed: Observed, folder: Path) -> Api:
    app = make_app("Indicateurs", service="mobilite", clock=observed.clock)
    tables = StoredTables(observed.archive, folder / "figures")
    punctuality_router(tables, OnTime(), observed.clock, SearchLimiter()).add_to(app)
    limiter = SearchLimiter()
    archive, licence = observed.archive, "etalab-2.0"
    passages_router(archive, lambda _: licence, stored_checksum, limiter).add_to(app)
    return Api(await serve_app(app))


FIGURES = {"n": 4, "planned": 4, "coverage": 1.0, "on_time": 0.5, "median_delay_s": 165.0}
RUNS = {"runs": 1, "cancelled": 0, "withdrawn": 0}


async def test_figures_of_a_day_that_is_over(serve_app: ServeApp, tmp_path: Path) -> None:
    observed = observed_day(tmp_path)
    close(observed)
    api = await serve(serve_app, observed, tmp_path)
    content = await api.get("indicators/punctuality")
    none = {"stop": None, "hour": None, "date": None}
    assert content["rows"] == [{"route": "f:r", **none, **FIGURES, **RUNS, "complete": True}]
    assert content["thresholds"] == {"early_s": 60, "late_s": 300, "rail_late_s": 359}
    assert "1 min d’avance et 5 min de retard (5 min 59 s pour un train)" in content["definition"]
    by_hour = await api.get("indicators/punctuality", by="hour", route="f:r")
    assert [(row["hour"], row["n"], row["runs"]) for row in by_hour["rows"]] == [(8, 4, 1)]
    by_day = await api.get("indicators/punctuality", by="day", feed="f")
    assert [(row["date"], row["n"]) for row in by_day["rows"]] == [("2026-03-02", 4)]
    by_stop = await api.get("indicators/punctuality", by="stop", lang="en")
    assert [(row["stop"], row["median_delay_s"]) for row in by_stop["rows"]] == [
        ("f:s1", 30),
        ("f:s2", 360),
        ("f:s3", -90),
        ("f:s4", 300),
    ]
    assert "last time that the operator published" in by_stop["definition"]
    folders = tmp_path / "figures" / "punctuality_by_stop"
    assert [each.name for each in folders.rglob("*.parquet")] == ["f.parquet"]
    page = await api.get("indicators/punctuality", by="stop", limit="3")
    rest = await api.get("indicators/punctuality", by="stop", limit="3", cursor=page["next"])
    assert [*page["rows"], *rest["rows"]] == by_stop["rows"]
    assert rest["next"] is None


async def test_the_same_rows_as_csv(serve_app: ServeApp, tmp_path: Path) -> None:
    api = await serve(serve_app, observed_day(tmp_path), tmp_path)
    rows = [*csv.DictReader(io.StringIO((await api.get("indicators/punctuality.csv")).decode()))]
    assert [(row["route"], row["n"], row["on_time"]) for row in rows] == [("f:r", "4", "0.5")]


async def test_today_counts_until_now(serve_app: ServeApp, tmp_path: Path) -> None:
    observed = Observed(tmp_path / "passages")
    observed.at("07:59:00", bus(s1=0))
    observed.at("08:00:20", bus(s1=0))
    observed.at("08:15:00")
    observed.recorder.store()
    api = await serve(serve_app, observed, tmp_path)
    (row,) = (await api.get("indicators/punctuality"))["rows"]
    # The address has been silent since: the second stop is missing. Both others are ahead.
    assert (row["n"], row["coverage"], row["complete"]) == (1, 0.5, False)
    positions = await api.get("indicators/punctuality", source="positions")
    assert positions["rows"] == []


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"from": "2025-01-01", "to": "2026-03-01"}, "400 jours"),
        ({"from": "2026-01-01", "to": "2026-03-01", "by": "stop"}, "31 jours"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "avant from"),
        ({"from": "hier"}, "AAAA-MM-JJ"),
        ({"route": "r"}, "réseau:ligne"),
        ({"route": "f:r", "feed": "g"}, "réseau"),
        ({"source": "rumours"}, ""),
        ({"cursor": "x"}, "curseur"),
    ],
)
async def test_absurd_parameters_are_refused(
    serve_app: ServeApp, tmp_path: Path, query: Mapping[str, str], reason: str
) -> None:
    api = await serve(serve_app, observed_day(tmp_path), tmp_path)
    refused = await api.get("indicators/punctuality", **query)
    assert api.status == 400
    assert reason in str(refused)


@pytest.mark.parametrize(
    ("known_at", "runs", "cancelled", "withdrawn"),
    [("15:59:00", 0, 0, 1), ("16:00:00", 1, 1, 0)],
)
async def test_a_run_cancelled_before_four_the_day_before_was_not_promised(
    tmp_path: Path,
    serve_app: ServeApp,
    known_at: str,
    runs: int,
    cancelled: int,
    withdrawn: int,
) -> None:
    observed = Observed(tmp_path / "passages")
    observed.city.now = paris(known_at, "2026-03-01")
    observed.clock = type(observed.clock)(observed.city.now)
    observed = Observed(observed.archive, observed.city)
    canceled = update(f"{TODAY} schedule_relationship: CANCELED")
    observed.at(known_at, canceled, day="2026-03-01")
    observed.at("09:00:00", canceled)
    observed.recorder.store()
    api = await serve(serve_app, observed, tmp_path)
    query = {"from": "2026-03-02", "to": "2026-03-02"}
    (row,) = (await api.get("indicators/punctuality", **query))["rows"]
    assert (row["runs"], row["cancelled"], row["withdrawn"]) == (runs, cancelled, withdrawn)
    assert (row["n"], row["coverage"], row["on_time"]) == (0, None, None)


@pytest.mark.parametrize(
    ("known_at", "cancelled", "stop"),
    [("10:00:00", 0, (0, 0, 1)), ("16:00:00", 1, (1, 1, 0))],
)
async def test_a_stop_skipped_by_works_cancels_no_run(
    tmp_path: Path,
    serve_app: ServeApp,
    known_at: str,
    cancelled: int,
    stop: tuple[int, int, int],
) -> None:
    city = city_of_one_bus()
    city.now = paris(known_at, "2026-03-01")
    observed = Observed(tmp_path / "passages", city)
    observed.at(known_at, skipping(2), day="2026-03-01")
    for time in ("07:59:00", "08:00:10", "08:20:10", "08:30:10"):
        observed.at(time, skipping(2))
    observed.recorder.store()
    api = await serve(serve_app, observed, tmp_path)
    query = {"from": "2026-03-02", "to": "2026-03-02"}
    (row,) = (await api.get("indicators/punctuality", **query))["rows"]
    assert (row["runs"], row["cancelled"], row["withdrawn"]) == (1, cancelled, 0)
    assert (row["n"], row["coverage"]) == (3, 1.0)
    rows = (await api.get("indicators/punctuality", by="stop", **query))["rows"]
    found = {each["stop"]: (each["runs"], each["cancelled"], each["withdrawn"]) for each in rows}
    assert found == {"f:s1": (1, 0, 0), "f:s2": stop, "f:s3": (1, 0, 0), "f:s4": (1, 0, 0)}


async def test_the_archive_is_open_data(serve_app: ServeApp, tmp_path: Path) -> None:
    observed = observed_day(tmp_path)
    api = await serve(serve_app, observed, tmp_path)
    assert (await api.get("indicators/passages"))["files"] == []
    await api.get("indicators/passages/2026-03-02/f.parquet")
    assert api.status == 404
    close(observed)
    listed = await api.get("indicators/passages", feed="f")
    (file,) = listed["files"]
    assert (file["date"], file["feed"], file["licence"]) == ("2026-03-02", "f", "etalab-2.0")
    assert "observed_departure" in listed["columns"]
    body = await api.get("indicators/passages/2026-03-02/f.parquet")
    (path,) = [each[2] for each in observed.archive.list_files()]
    assert body == path.read_bytes()
    assert (file["bytes"], file["sha256"]) == (len(body), checksum(path))
    for name in ("../f.parquet", "g.parquet", "f.parquet.part"):
        await api.get(f"indicators/passages/2026-03-02/{name}")
        assert api.status == 404


def test_figures_are_recomputed_from_the_archive(tmp_path: Path) -> None:
    observed = observed_day(tmp_path)
    close(observed)
    tables = StoredTables(observed.archive, tmp_path / "figures")
    (day,) = tables.list_days()
    stored = tables.read(PUNCTUALITY, day, 0)
    path = tmp_path / "figures" / "punctuality" / "date=2026-03-02" / f"{FEED}.parquet"
    path.write_bytes(b"damaged")
    assert tables.read(PUNCTUALITY, day, 0).equals(stored)
    pq.write_table(stored.drop_columns("source"), path)
    assert tables.read(PUNCTUALITY, day, 0, pc.field("source") == "positions").num_rows == 0
    assert pq.read_table(path, partitioning=None).equals(stored)
    path.write_bytes(b"damaged")
    settings = {"MOBILITE_DATA": str(tmp_path), "MOBILITE_FEEDS": "feeds.toml"}
    command = [sys.executable, "-m", "mobilite", "indicators", "--recompute"]
    for period, code in ((["2026-03-02", "2026-03-02"], 0), (["hier", "2026-03-02"], 64)):
        ended = subprocess.run([*command, *period], env=settings, check=False, capture_output=True)
        assert ended.returncode == code, ended.stderr
    assert pq.read_table(path, partitioning=None).equals(stored)


def test_figures_of_deleted_days_are_deleted(tmp_path: Path) -> None:
    observed = observed_day(tmp_path)
    close(observed)
    folder = tmp_path / "figures" / "punctuality"
    (folder / "date=2025-01-01").mkdir(parents=True)
    tables = StoredTables(observed.archive, tmp_path / "figures")
    (day,) = tables.list_days()
    tables.read(PUNCTUALITY, day, 0)
    assert [each.name for each in folder.iterdir()] == ["date=2026-03-02"]


@given(st.lists(st.integers(-300, 3000), min_size=1))
def test_the_median_of_counts_is_that_of_the_values(values: list[int]) -> None:
    assert median(Counter(values)) == exact_median(values)


def test_a_train_is_late_later() -> None:
    rule = OnTime()
    assert [rule.includes(359, each) for each in (2, 106, 3, 400, -1)] == [True, True, *[False] * 3]
    assert [rule.includes(each, 3) for each in (-61, -60, 300, 301)] == [False, True, True, False]
