"""Way A end to end, as real processes: files in, boards out, with PostgreSQL and a broker
between.
"""

import asyncio
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from google.protobuf import text_format
from google.transit import gtfs_realtime_pb2 as gtfs_rt
from kernels import compile_searches

from mobilite import events
from socle.bus import TopicSpec, ensure_topics
from socle.events import Event
from socle.testing import StartServer, free_port, until

pytestmark = pytest.mark.e2e
PARIS = ZoneInfo("Europe/Paris")
TABLES = [
    each for each in vars(events).values() if isinstance(each, type) and issubclass(each, Event)
]
"""Every topic of the service: the roles wait for them."""


class Town:
    """A route of two buses that leave the station soon, and its operator's messages."""

    def __init__(self, folder: Path) -> None:
        self.folder, now = folder, datetime.now(PARIS)
        # GTFS counts from noon minus 12 hours, which is not midnight on the day of a clock change.
        noon = now.replace(hour=12, minute=0, second=0, microsecond=0).timestamp()
        self.day = now.strftime("%Y%m%d")
        self.soon = int(now.timestamp() - noon) + 12 * 3600 + 1800
        (folder / "feeds.toml").write_text(
            '[[feed]]\nid = "ville"\nname = "Ville"\ngtfs = "gtfs.zip"\ngtfs_rt = ["rt.pb"]\n'
        )

    def publish(self, headsign: str) -> None:
        """A new version of the schedule."""
        stop_times = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        for trip, first in (("b1", self.soon), ("b2", self.soon + 600)):
            for place, (stop, after) in enumerate((("gare", 0), ("parc", 300)), start=1):
                time = _clock_time(first + after)
                stop_times += f"{trip},{time},{time},{stop},{place}\n"
        files = {
            "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\n"
            "a,Ville,https://ville.example,Europe/Paris\n",
            "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\n"
            "gare,Gare,47.90,1.90\nparc,Parc,47.91,1.91\n",
            "routes.txt": "route_id,agency_id,route_short_name,route_type\nr,a,1,3\n",
            "trips.txt": "route_id,service_id,trip_id,trip_headsign\n"
            f"r,today,b1,{headsign}\nr,today,b2,{headsign}\n",
            "calendar_dates.txt": f"service_id,date,exception_type\ntoday,{self.day},1\n",
            "stop_times.txt": stop_times,
        }
        with zipfile.ZipFile(self.folder / "new.zip", "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        (self.folder / "new.zip").replace(self.folder / "gtfs.zip")

    def publish_message(self, *extra_entities: str, **delays: int) -> None:
        """A new message of the operator: delays by trip, and any further entities."""
        entities = "".join(
            f'entity {{ id: "{trip}" trip_update {{ trip {{ trip_id: "{trip}" }} '
            f"stop_time_update {{ stop_sequence: 1 departure {{ delay: {delay} }} }} }} }}"
            for trip, delay in delays.items()
        )
        now = int(datetime.now(PARIS).timestamp())
        header = f'header {{ gtfs_realtime_version: "2.0" timestamp: {now} }}'
        complete = header + entities + "".join(extra_entities)
        message = text_format.Parse(complete, gtfs_rt.FeedMessage())
        self.write(message.SerializeToString())

    def write(self, body: bytes) -> None:
        (self.folder / "new.pb").write_bytes(body)
        (self.folder / "new.pb").replace(self.folder / "rt.pb")


def _clock_time(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


class House:
    """Starts roles of mobilité over one town, one database and one broker."""

    def __init__(self, town: Town, postgres: str, kafka: str) -> None:
        self._town = town
        self._postgres = postgres
        self._environ = {
            **{
                k: v for k, v in os.environ.items() if not k.startswith(("MOBILITE_", "REGIONLAB_"))
            },
            "REGIONLAB_ENV": "test",
            "REGIONLAB_KAFKA": kafka,
            "MOBILITE_FEEDS": str(town.folder / "feeds.toml"),
            "MOBILITE_DATA": str(town.folder / "data"),
            "MOBILITE_POLL_SECONDS": "1",
        }

    @contextmanager
    def role(self, role: str, *, clock_offset: int = 0) -> Iterator[str]:
        """One role as a process; yields its address. It must stop cleanly on request."""
        port = free_port()
        log = self._town.folder / f"{role}-{port}.log"
        environ = {
            **self._environ,
            "MOBILITE_PORT": str(port),
            "REGIONLAB_CLOCK_OFFSET": str(clock_offset),
        }
        if role in ("import", "all"):
            environ["MOBILITE_POSTGRES"] = self._postgres
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "mobilite", role],
                env=environ,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            yield f"http://127.0.0.1:{port}"
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0, log.read_text()[-2000:]
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(tmp_path)
    town.publish("Parc")
    town.publish_message(b1=120, b2=60)
    return town


@pytest.fixture
def house(town: Town, postgres_url: str, start_server: StartServer) -> House:
    compile_searches()
    kafka = start_server("broker").address
    specs = [TopicSpec(table.topic, partitions=2, kind="table") for table in TABLES]
    asyncio.run(ensure_topics(kafka, specs))
    return House(town, postgres_url, kafka)


class Traveller:
    """Requests one address."""

    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        self._session, self._address = session, address

    async def get(self, path: str) -> tuple[int, Any]:
        async with self._session.get(self._address + path) as response:
            return response.status, await response.json()

    async def metric(self, name: str) -> dict[str, float]:
        async with self._session.get(self._address + "/metrics") as response:
            lines = (await response.text()).splitlines()
        found = (line.removeprefix(name).split() for line in lines if line.startswith(name + "{"))
        return {labels: float(value) for labels, value in found}

    async def ready(self) -> bool:
        try:
            return (await self.get("/readyz"))[0] == 200
        except aiohttp.ClientConnectionError:
            return False

    async def board(self) -> dict[str, tuple[str, int | None, str]]:
        """State, delay and headsign of each bus at the station."""
        status, board = await self.get("/mobilite/v1/stops/ville:gare/departures")
        assert status == 200, board
        return {
            line["trip_id"]: (line["state"], line["delay"], line["headsign"])
            for line in board["departures"]
        }

    async def poll(self) -> Any:
        """The state of the real-time address."""
        _, feeds = await self.get("/mobilite/v1/feeds")
        return feeds["feeds"][0]["real_time"][0]

    async def vehicles(self) -> dict[str, tuple[str | None, str | None]]:
        """The run and the next stop of each vehicle."""
        _, found = await self.get("/mobilite/v1/vehicles")
        return {
            each["id"]: (each["trip_id"], each["stop"] and each["stop"]["name"])
            for each in found["vehicles"]
        }

    async def alerts(self) -> set[str]:
        """The titles of the alerts."""
        _, found = await self.get("/mobilite/v1/alerts")
        return {each["header"] for each in found["alerts"]}


@asynccontextmanager
async def requesting(address: str) -> AsyncIterator[Traveller]:
    async with aiohttp.ClientSession() as session:
        traveller = Traveller(session, address)
        await until(traveller.ready, seconds=180)
        yield traveller


def shows(traveller: Traveller, **lines: tuple[str, int | None]) -> Callable[[], Awaitable[bool]]:
    async def displayed() -> bool:
        board = await traveller.board()
        wanted = {f"ville:{trip}": line for trip, line in lines.items()}
        return {trip: line[:2] for trip, line in board.items()} == wanted

    return displayed


def served(traveller: Traveller) -> Callable[[], Awaitable[bool]]:
    """An api role that starts beside the first import is ready before it has anything to show."""

    async def found() -> bool:
        return (await traveller.get("/mobilite/v1/stops/ville:gare"))[0] == 200

    return found


def test_the_import_reports_that_it_needs_a_database(town: Town) -> None:
    environ = {
        "PATH": os.environ["PATH"],
        "REGIONLAB_KAFKA": "127.0.0.1:9",
        "MOBILITE_FEEDS": str(town.folder / "feeds.toml"),
        "MOBILITE_DATA": str(town.folder / "data"),
        "MOBILITE_PORT": "0",
    }
    command = [sys.executable, "-m", "mobilite", "import"]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)
    assert ended.returncode == os.EX_CONFIG
    assert "MOBILITE_POSTGRES" in ended.stdout


async def test_a_board_lives_with_what_the_operator_reports(town: Town, house: House) -> None:
    with house.role("all") as address:
        async with requesting(address) as traveller:
            await until(shows(traveller, b1=("predicted", 120), b2=("predicted", 60)))
            town.publish_message(b1=300, b2=60)
            await until(shows(traveller, b1=("predicted", 300), b2=("predicted", 60)))
            town.write(b"<!DOCTYPE html><title>503</title>")

            async def failed() -> bool:
                error = (await traveller.poll())["last_error"]
                return error is not None and error["code"] == "html"

            await until(failed)
            polls = await traveller.metric("mobilite_polls_total")
            assert polls['{feed="ville",outcome="failed",source="0"}'] >= 1
            assert polls['{feed="ville",outcome="accepted",source="0"}'] >= 2
            assert await shows(traveller, b1=("predicted", 300), b2=("predicted", 60))()
    # Ten minutes later the operator still answers with that page: its data is stale.
    with house.role("all", clock_offset=600) as address:
        async with requesting(address) as traveller:
            await until(shows(traveller, b1=("stale", None), b2=("stale", None)))
    # While no poll ran, it came back without one bus.
    town.publish_message(b1=0)
    with house.role("all") as address:
        async with requesting(address) as traveller:
            await until(shows(traveller, b1=("predicted", 0), b2=("scheduled", None)))


async def test_vehicles_and_alerts_come_and_go_with_the_trip_updates_of_one_message(
    town: Town, house: House
) -> None:
    bus = (
        'entity { id: "v" vehicle { vehicle { id: "12" } trip { trip_id: "b1" } '
        "position { latitude: 47.9 longitude: 1.9 } current_stop_sequence: 2 } }"
    )
    alert = (
        'entity { id: "a" alert { header_text { translation { text: "Travaux" } } '
        'informed_entity { route_id: "r" } } }'
    )
    with house.role("all") as address:
        async with requesting(address) as traveller:
            await until(shows(traveller, b1=("predicted", 120), b2=("predicted", 60)))
            town.publish_message(bus, alert, b1=300)
            await until(shows(traveller, b1=("predicted", 300), b2=("scheduled", None)))

            async def all_reported() -> bool:
                seen = await traveller.vehicles() == {"ville:12": ("ville:b1", "Parc")}
                return seen and await traveller.alerts() == {"Travaux"}

            async def all_counted() -> bool:
                poll = await traveller.poll()
                counts = poll["vehicles"]["matched"], poll["alerts"]
                carried = poll["carries"] == ["trip_updates", "vehicle_positions", "alerts"]
                return carried and counts == (1, 1)

            await until(all_reported)
            # The event of the poll follows those of its entities.
            await until(all_counted)
            town.publish_message(b1=300)

            async def all_gone() -> bool:
                return not (await traveller.vehicles() or await traveller.alerts())

            await until(all_gone)
            assert await shows(traveller, b1=("predicted", 300), b2=("scheduled", None))()


async def test_a_new_schedule_replaces_the_old_one_without_a_failed_request(
    town: Town, house: House
) -> None:
    with house.role("import"), house.role("poll"), house.role("api") as address:
        async with requesting(address) as traveller:
            await until(served(traveller))
            await until(shows(traveller, b1=("predicted", 120), b2=("predicted", 60)))
            answered = 0
            swapped = asyncio.Event()

            async def insist() -> None:
                nonlocal answered
                while not swapped.is_set():
                    board = await traveller.board()  # fails the test unless it is a 200
                    assert len({headsign for _, _, headsign in board.values()}) == 1
                    assert len(board) == 2
                    answered += 1

            async with asyncio.TaskGroup() as group:
                for _ in range(4):
                    group.create_task(insist())
                town.publish("Parc par le lac")

                async def serves_the_new() -> bool:
                    board = await traveller.board()
                    return {line[2] for line in board.values()} == {"Parc par le lac"}

                await until(serves_the_new)
                swapped.set()
            assert answered > 10
            assert await shows(traveller, b1=("predicted", 120), b2=("predicted", 60))()
    # What a replica holds already serves again without the import role.
    with house.role("api") as address:
        async with requesting(address) as traveller:
            board = await traveller.board()
            assert {line[2] for line in board.values()} == {"Parc par le lac"}
