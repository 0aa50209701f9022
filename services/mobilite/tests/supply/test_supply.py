"""The offer of a city counted by hand, from its GTFS text to the answers over HTTP."""

import csv
import io
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from api_client import get
from boards import City
from supply_city import DETOUR_KM, MARKET_CITY, NIGHT_KM, STRAIGHT_KM, WEEK, announce

from mobilite.gtfs.domain.ids import FeedId
from mobilite.machine.flows.search_limiter import SearchLimiter
from mobilite.supply.adapters.supply_store import SupplyStore
from mobilite.supply.api.supply import supply_router
from mobilite.supply.flows.follow_supply import SupplyFollower
from mobilite.supply.flows.list_supply import SupplyReader
from mobilite.timetable.adapters.packed_file import open_packed
from mobilite.wiring.openapi import PREFIX
from socle.clock import ManualClock
from socle.errors import Refusal
from socle.http import make_app
from socle.testing import ServeApp


@lru_cache
def computed_files(packed: bytes, sha256: str) -> dict[str, bytes]:
    """The files that the worker writes for a packed timetable, by name."""
    from mobilite.supply.adapters.supply_tables import write_supply  # takes seconds

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "packed").write_bytes(packed)
        write_supply(open_packed(folder / "packed"), folder, sha256)
        return {path.name: path.read_bytes() for path in folder.glob("*.parquet")}


@dataclass
class Replica:
    """The part of a role that computes and answers supply."""

    folder: Path
    city: City = field(default_factory=City)
    computed: list[str] = field(default_factory=list)
    """The feeds whose supply was computed or refused, in order."""
    refusals: dict[str, Refusal] = field(default_factory=dict)
    """By feed."""

    def __post_init__(self) -> None:
        self.clock = ManualClock(self.city.now)
        self.packed, self.store = self.folder / "packed", SupplyStore(self.folder / "supply")
        self.store.load()
        self.follower = SupplyFollower(
            lambda: self.city.live.state,
            self.store,
            compute=self.compute,
            find_packed=self.find_packed,
            clock=self.clock,
            retention_days=400,
        )

    def find_packed(self, sha256: str) -> Path | None:
        path = self.packed / f"{sha256}.timetable"
        return path if path.is_file() else None

    async def compute(self, feed_id: FeedId, sha256: str, packed: Path) -> None:
        self.computed.append(feed_id)
        if feed_id in self.refusals:
            raise self.refusals[feed_id]
        self.store.folder.mkdir(exist_ok=True)
        for name, content in computed_files(packed.read_bytes(), sha256).items():
            (self.store.folder / name).write_bytes(content)

    def reader(self) -> SupplyReader:
        return SupplyReader(lambda: self.city.live.state, self.store, self.follower.missing)


@pytest.fixture
async def replica(tmp_path: Path) -> Replica:
    made = Replica(tmp_path)
    announce(made.city, MARKET_CITY, made.packed)
    await made.follower.catch_up()
    return made


@pytest_asyncio.fixture
async def client(replica: Replica, serve_app: ServeApp) -> AsyncIterator[aiohttp.ClientSession]:
    app = make_app("Offre", service="mobilite", clock=replica.clock, openapi_url=None)
    names = {("f", "gare"): "Gare"}
    router = supply_router(
        replica.reader(),
        replica.clock,
        SearchLimiter(),
        lambda feed_id, stop_id: names.get((feed_id, stop_id)),
    )
    router.add_to(app, prefix=PREFIX)
    async with aiohttp.ClientSession(f"{await serve_app(app)}{PREFIX}/indicators/") as session:
        yield session


async def row(client: aiohttp.ClientSession, route: str, day: str, **query: str) -> Any:
    query = {"route": f"f:{route}", "from": day, "to": day, **query}
    rows = (await get(client, "supply", **query))["rows"]
    assert len(rows) == 1, rows
    return rows[0]


async def test_a_weekday_of_the_tram(client: aiohttp.ClientSession) -> None:
    tram = await row(client, "tram", "2026-03-02")
    assert tram.pop("service_km") == pytest.approx(13 * DETOUR_KM + STRAIGHT_KM, rel=1e-3)
    assert tram == {
        "feed": "f",
        "route": "f:tram",
        "date": "2026-03-02",
        "day_type": "weekday",
        "days": 1,
        "days_of_type": 1,
        "n": 14,
        "trips": 14,
        "service_hours": 4.67,
        "measured_along": "both",
        "first_departure": "07:00:00",
        "last_departure": "17:00:00",
        "last_arrival": "17:20:00",
        # Eleven of ten minutes, and one of seventy.
        "headways": 12,
        "headway_mean_s": 900.0,
        "headway_median_s": 600.0,
        "headway_peak_s": 600.0,
        "peak_vehicles": 2,
        "stops": 3,
        "routes": 1,
    }


async def test_a_night_belongs_to_the_day_it_starts_on(client: aiohttp.ClientSession) -> None:
    night = await row(client, "nuit", "2026-03-03")
    assert night["last_arrival"] == "25:20:00"
    assert (night["trips"], night["service_hours"]) == (1, 1.5)
    assert night["service_km"] == pytest.approx(NIGHT_KM, rel=1e-3)
    assert (night["measured_along"], night["headway_mean_s"]) == ("straight_lines", None)


async def test_exceptions_add_and_remove_days(client: aiohttp.ClientSession) -> None:
    found = await get(client, "supply", **WEEK)
    days = {(each["route"], each["date"][-2:]) for each in found["rows"]}
    assert {day for route, day in days if route == "f:marche"} == {"08"}
    assert {day for route, day in days if route == "f:nuit"} == {"02", "03", "05", "06", "07", "08"}


async def test_the_network_adds_up(client: aiohttp.ClientSession) -> None:
    found = await get(client, "supply", by="network", **WEEK)
    monday, *_, sunday = found["rows"]
    assert len(found["rows"]) == 7
    assert (monday["trips"], monday["routes"], monday["stops"]) == (15, 2, 4)
    assert monday["service_hours"] == 6.17
    assert (monday["route"], monday["headway_mean_s"], monday["peak_vehicles"]) == (None, None, 2)
    assert (sunday["trips"], sunday["routes"]) == (2, 2)
    assert sunday["service_km"] == pytest.approx(NIGHT_KM + STRAIGHT_KM, rel=1e-3)
    assert found["definition"].startswith("L’offre prévue")


async def test_a_type_of_day_is_its_most_frequent_day(client: aiohttp.ClientSession) -> None:
    found = await get(client, "supply", per="day_type", **WEEK)
    rows = {(each["route"], each["day_type"]): each for each in found["rows"]}
    tram, night = rows["f:tram", "weekday"], rows["f:nuit", "weekday"]
    assert (tram["days"], tram["days_of_type"], tram["trips"]) == (5, 5, 14)
    assert (night["days"], night["days_of_type"], night["date"]) == (4, 5, "2026-03-02")
    saturday = rows["f:tram", "saturday"]
    assert (saturday["trips"], saturday["headway_median_s"], saturday["stops"]) == (2, 3600.0, 2)
    assert ("f:tram", "sunday") not in rows


async def test_stops_by_number_of_departures(client: aiohttp.ClientSession) -> None:
    found = await get(client, "supply/stops", **WEEK)
    weekday = [each for each in found["rows"] if each["day_type"] == "weekday"]
    counts = [(each["stop"], each["n"], each["departures"]) for each in weekday]
    # The tram passes the town hall at ten without a stop; the park is a terminus but for one trip.
    assert counts == [("f:gare", 69, 13.8), ("f:mairie", 60, 12.0), ("f:parc", 5, 1.0)]
    assert weekday[0]["name"] == "Gare"
    assert (weekday[0]["first_departure"], weekday[0]["last_departure"]) == ("07:00:00", "23:50:00")
    sunday = {each["stop"]: each["n"] for each in found["rows"] if each["day_type"] == "sunday"}
    assert sunday == {"f:gare": 1, "f:lac": 1}


async def test_pages_and_files_have_the_same_rows(client: aiohttp.ClientSession) -> None:
    complete = (await get(client, "supply", **WEEK))["rows"]
    paged, cursor = list[Any](), dict[str, str]()
    while True:
        page = await get(client, "supply", limit="5", **WEEK, **cursor)
        paged += page["rows"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert paged == complete
    async with client.get("supply.csv", params=WEEK) as answer:
        assert answer.headers["content-type"].startswith("text/csv")
        lines = [*csv.DictReader(io.StringIO(await answer.text()))]
        tag = answer.headers["etag"]
    assert [each["trips"] for each in lines] == [str(each["trips"]) for each in complete]
    async with client.get("supply.csv", params=WEEK, headers={"if-none-match": tag}) as answer:
        assert answer.status == 304
    async with client.get("supply/stops.csv", params=WEEK) as answer:
        assert (await answer.text()).splitlines()[1].startswith("f,f:gare,Gare,weekday,5,69,13.8,")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"from": "2026-03-08", "to": "2026-03-02"}, 400),
        ({"from": "2025-01-01", "to": "2026-03-02"}, 400),
        ({"from": "hier"}, 400),
        ({"feed": "inconnu"}, 404),
        ({"route": "tram"}, 400),
        ({"route": "f:tram", "by": "network"}, 400),
        ({"cursor": "x"}, 400),
    ],
)
async def test_absurd_queries_are_refused_in_words(
    client: aiohttp.ClientSession, query: dict[str, str], status: int
) -> None:
    async with client.get("supply", params=query) as answer:
        assert answer.status == status
        assert (await answer.json())["detail"]


async def test_a_restart_computes_nothing_again(replica: Replica) -> None:
    again = Replica(replica.folder, replica.city)
    await again.follower.catch_up()
    assert (replica.computed, again.computed) == (["f"], [])
    assert again.follower.missing() == {}


async def test_a_past_date_has_the_timetable_of_then(
    replica: Replica, client: aiohttp.ClientSession
) -> None:
    trips = MARKET_CITY["trips.txt"].replace("tram,semaine,retour,1,\n", "")
    calls = MARKET_CITY["stop_times.txt"].replace("retour", "absent")
    replica.clock.advance(timedelta(days=2).total_seconds())
    files = {**MARKET_CITY, "trips.txt": trips, "stop_times.txt": calls}
    announce(replica.city, files, replica.packed)
    await replica.follower.catch_up()
    found = await get(client, "supply", route="f:tram", **WEEK)
    assert [each["trips"] for each in found["rows"]] == [14, 14, 13, 13, 13, 2]
    later = Replica(replica.folder, replica.city)
    assert later.store.versions == replica.store.versions


async def test_a_timetable_that_cannot_be_computed_fails_alone(
    replica: Replica, client: aiohttp.ClientSession
) -> None:
    replica.refusals = {"g": Refusal("too_large", "Trop grand.")}
    announce(replica.city, MARKET_CITY, replica.packed, "g")
    announce(replica.city, MARKET_CITY, replica.packed, "h")
    for _ in range(3):
        await replica.follower.catch_up()
    found = await get(client, "supply", by="network", **WEEK)
    assert {each["feed"] for each in found["rows"]} == {"f", "h"}
    assert found["missing"] == [{"feed": "g", "reason": "Trop grand."}]
    # Its content will not change: it is not tried again.
    assert replica.computed == ["f", "g", "h"]


async def test_a_temporary_failure_is_tried_again_later(replica: Replica) -> None:
    replica.refusals = {"g": Refusal("unavailable", "Disque plein.")}
    announce(replica.city, MARKET_CITY, replica.packed, "g")
    await replica.follower.catch_up()
    await replica.follower.catch_up()
    assert replica.computed == ["f", "g"]
    replica.refusals.clear()
    replica.clock.advance(61)
    await replica.follower.catch_up()
    assert replica.follower.missing() == {}


@pytest.mark.parametrize(
    "damaged", [lambda folder: [*folder.iterdir()], lambda folder: [*folder.glob("*.parquet")]]
)
async def test_damaged_files_are_computed_again(
    replica: Replica, damaged: Callable[[Path], list[Path]]
) -> None:
    for path in damaged(replica.store.folder):
        path.write_bytes(b"cut")
    again = Replica(replica.folder, replica.city)
    await again.follower.catch_up()
    assert again.computed == ["f"]
