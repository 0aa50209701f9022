"""The endpoints of regularity and accuracy, over an archive on the disk."""

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, get_args

import aiohttp
import pyarrow.parquet as pq
import pytest
import pytest_asyncio
from passage_tables import MONDAY, TRAM, passages

from mobilite.indicators.adapters.daily_tables import StoredTables
from mobilite.indicators.api.waits import waits_router
from mobilite.indicators.domain.summed_rows import Dimension
from mobilite.indicators.flows import query_figures
from mobilite.indicators.flows.list_regularity import list_regularity
from mobilite.indicators.flows.query_figures import FigureQuery
from mobilite.machine.flows.search_limiter import SearchLimiter
from mobilite.passages.adapters.passage_archive import PassageArchive
from socle.clock import ManualClock
from socle.http import make_app
from socle.testing import ServeApp

TUESDAY = date(2026, 3, 3)
NOW = datetime(2026, 3, 5, 8, tzinfo=UTC)


def archive(folder: Path, day: date, feed: str, source: str = "predictions") -> None:
    """A date that is over."""
    path = folder / "passages" / f"date={day}" / f"{feed}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    table = passages(TRAM, feed, day, source)
    pq.write_table(table.replace_schema_metadata({"timezone": "Europe/Paris"}), path)


@pytest_asyncio.fixture
async def api(tmp_path: Path, serve_app: ServeApp) -> str:
    """Two days of one feed by predictions, one of another by positions."""
    archive(tmp_path, MONDAY, "tao")
    archive(tmp_path, TUESDAY, "tao")
    archive(tmp_path, MONDAY, "azalys", "positions")
    tables = StoredTables(PassageArchive(tmp_path / "passages"), tmp_path / "figures")
    clock = ManualClock(NOW)
    app = make_app("Essai", service="mobilite", clock=clock)
    waits_router(tables, clock, SearchLimiter()).add_to(app)
    return await serve_app(app)


async def get(address: str, status: int = 200, **headers: str) -> Any:
    async with (
        aiohttp.ClientSession() as client,
        client.get(address, headers={k.replace("_", "-"): v for k, v in headers.items()}) as answer,
    ):
        assert answer.status == status
        if answer.content_type == "text/csv":
            return [*csv.DictReader(io.StringIO(await answer.text()))]
        return None if status == 304 else (await answer.json(), answer.headers)


async def test_regularity_by_line_with_definition_n_and_coverage(api: str) -> None:
    content, _ = await get(f"{api}/indicators/regularity?from=2026-03-02&to=2026-03-02")
    assert "Transport for London" in content["definition"]
    assert (content["first"], content["last"], content["next"]) == (
        "2026-03-02",
        "2026-03-02",
        None,
    )
    tram, bus = content["rows"]
    assert (tram["route"], tram["frequent"], tram["n"], tram["coverage"]) == ("tao:A", True, 5, 1.0)
    assert (tram["excess_wait_s"], tram["regular"], tram["complete"]) == (104.0, 0.8, True)
    assert (bus["route"], bus["frequent"], bus["excess_wait_s"]) == ("tao:B", False, None)


async def test_a_period_adds_its_days_up_and_pages(api: str) -> None:
    address = f"{api}/indicators/regularity?from=2026-03-02&to=2026-03-03&by=stop&limit=1"
    first, _ = await get(address)
    second, _ = await get(f"{address}&cursor={first['next']}")
    assert second["next"] is None
    stops = [row for page in (first, second) for row in page["rows"]]
    assert [(row["stop"], row["n"]) for row in stops] == [("tao:gare", 6), ("tao:parc", 4)]
    one, _ = await get(f"{api}/indicators/regularity?route=tao:A&by=day&from=2026-03-02")
    assert [row["date"] for row in one["rows"]] == ["2026-03-02", "2026-03-03"]


async def test_sources_never_mix(api: str) -> None:
    for source, feeds in (("predictions", {"tao"}), ("positions", {"azalys"})):
        address = f"{api}/indicators/regularity?by=feed&source={source}&from=2026-03-02"
        content, _ = await get(address)
        assert {row["feed"] for row in content["rows"]} == feeds


async def test_accuracy_by_horizon_with_its_margins(api: str) -> None:
    content, headers = await get(f"{api}/indicators/accuracy?from=2026-03-02", accept_language="en")
    assert "ETA Accuracy Benchmark" in content["definition"]
    assert content["definition"].startswith("What was predicted")
    assert [row["horizon_min"] for row in content["rows"]] == [2, 5, 10, 20, 30]
    five = content["rows"][1]
    assert (five["n"], five["coverage"], five["accurate"]) == (12, 0.6, 0.8333)
    assert (five["early_s"], five["late_s"]) == (60, 150)
    assert (five["p10_error_s"], five["median_error_s"], five["p90_error_s"]) == (-60, 0, 240)
    none = content["rows"][0]
    assert (none["n"], none["accurate"], none["median_error_s"]) == (0, None, None)
    await get(
        f"{api}/indicators/accuracy?from=2026-03-02",
        304,
        if_none_match=headers["etag"],
        accept_language="en",
    )


async def test_the_csv_files_have_the_same_rows(api: str) -> None:
    for name in ("regularity", "accuracy"):
        content, _ = await get(f"{api}/indicators/{name}?from=2026-03-02&by=route")
        rows = await get(f"{api}/indicators/{name}.csv?from=2026-03-02&by=route")
        assert len(rows) == len(content["rows"])
        assert [row["route"] for row in rows] == [row["route"] for row in content["rows"]]
        assert [*rows[0]] == [*content["rows"][0]]


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-03-03&to=2026-03-02",
        "from=2020-01-01&to=2026-03-02",
        "from=hier",
        "by=wheel",
        "source=both",
        "route=A",
        "feed=azalys&route=tao:A",
        "cursor=x",
    ],
)
async def test_absurd_parameters_are_refused_in_words(api: str, query: str) -> None:
    for name in ("regularity", "accuracy"):
        content, _ = await get(f"{api}/indicators/{name}?{query}", 400)
        assert content["detail"]


async def test_stops_are_for_a_month_at_most(api: str) -> None:
    address = f"{api}/indicators/regularity.csv?by=stop&from=2026-02-01"
    assert len(await get(f"{address}&to=2026-03-03"))
    content, _ = await get(f"{address}&to=2026-03-04", 400)
    assert "31 jours" in content["detail"]


@pytest.mark.parametrize("by", get_args(Dimension))
def test_a_period_is_held_as_its_sums(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: Dimension
) -> None:
    monkeypatch.setattr(query_figures, "_MOST_ROWS", 3)
    for day in range(1, 29):
        archive(tmp_path, date(2026, 2, day), "tao")
    tables = StoredTables(PassageArchive(tmp_path / "passages"), tmp_path / "figures")
    query = FigureQuery(first=date(2026, 2, 1), last=date(2026, 2, 28))
    answer = list_regularity(tables, query, by, now=int(NOW.timestamp()))
    assert len(answer.found.table) == len(answer.rows)
    assert sum(sums.compared for _, sums in answer.rows) == 5 * 28


async def test_a_file_of_another_program_leaves_the_others(api: str, tmp_path: Path) -> None:
    path = tmp_path / "passages" / "date=2026-03-02" / "other.parquet"
    pq.write_table(passages(TRAM, "other"), path)
    content, _ = await get(f"{api}/indicators/regularity?from=2026-03-02&by=feed")
    assert [row["feed"] for row in content["rows"]] == ["tao"]


async def test_a_period_without_passages_has_no_rows(api: str) -> None:
    for name in ("regularity", "accuracy"):
        content, _ = await get(f"{api}/indicators/{name}?from=2025-01-01&to=2025-01-02")
        assert content["rows"] == []
        assert content["definition"]
