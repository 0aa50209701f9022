"""Rentals end to end: operators over HTTP, the broker, travellers over HTTP."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from aiohttp import web
from api_client import get
from boards import received
from rental_towns import NOW, Folder, town
from rentals import StandingClock

from mobilite.events import (
    ImportAttempt,
    RentalStationV1,
    RentalSystemV1,
    RentalVehicleV1,
    TimetableV1,
)
from mobilite.feeds.domain.feed import Feed
from mobilite.feeds.flows.declared_feeds import DeclaredFeeds
from mobilite.gtfs.domain.ids import FeedId
from mobilite.live.flows import Live
from mobilite.rental.flows.poll_systems import RentalPolling
from mobilite.rental.ports import RentalDependencies
from mobilite.sources.adapters.source_opener import SourceOpener
from mobilite.wiring.app import make_api
from mobilite.wiring.rental import DECODERS, wire_rentals
from socle.bus import Bus, TopicSpec, ensure_topics
from socle.clock import Clock
from socle.testing import MakeBus, ServeApp, StartServer, until

VERSIONS = ("2.3", "3.0")


def timetable_of(feed_id: str) -> TimetableV1:
    """The announcement of a schedule that was never imported."""
    return TimetableV1(
        feed_id=feed_id, name="Ville", last_attempt=ImportAttempt(at=NOW, outcome="refused")
    )


class Operator:
    """A GBFS server: one town in two versions, and one that answers far too much."""

    def __init__(self, folders: Mapping[str, Folder]) -> None:
        self.folders = folders
        self.unchanged = 0

    def empty_the_station(self) -> None:
        """A second later nothing is left at one station, and two came to the other."""
        for version, folder in self.folders.items():
            word = "num_bikes_available" if version == "2.3" else "num_vehicles_available"
            gare, parc = folder.files["station_status"]["data"]["stations"]
            gare[word], parc[word] = 0, 2
            folder.later(1)
            folder.write("station_status")

    async def answer(self, request: web.Request) -> web.StreamResponse:
        version, name = request.match_info["version"], request.match_info["name"]
        if version == "huge":
            body = gzip.compress(b" " * 100 * 2**20)
            return web.Response(body=body, headers={"Content-Encoding": "gzip"})
        body = (self.folders[version].folder / name).read_bytes()
        response = web.Response(body=body, content_type="application/json")
        response.headers["ETag"] = f'"{hash(body)}"'
        if request.headers.get("If-None-Match") == response.headers["ETag"]:
            self.unchanged += 1
            return web.Response(status=304)
        return response


@asynccontextmanager
async def operated(folder: Path) -> AsyncIterator[tuple[Operator, tuple[Feed, ...]]]:
    """The server, and the feeds that name its systems: v2, v3 and vh, the one that is huge."""
    operator = Operator({version: Folder(folder / version, town(version)) for version in VERSIONS})
    app = web.Application()
    app.router.add_get("/{version}/{name}", operator.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield (
        operator,
        tuple(
            Feed(FeedId(f"v{version[0]}"), version, "x", gbfs=f"{base}/{version}/gbfs.json")
            for version in (*VERSIONS, "huge")
        ),
    )
    await runner.cleanup()


@asynccontextmanager
async def operating(feeds: tuple[Feed, ...], bus: Bus, clock: Clock) -> AsyncIterator[Live]:
    """A poll role and an api role at work on these feeds."""
    live = Live()
    async with aiohttp.ClientSession() as session:
        tools = RentalDependencies(
            SourceOpener(session, clock).open, DECODERS, bus.publish, clock, poll_seconds=0.2
        )
        work = [RentalPolling({}, tools).run(DeclaredFeeds(lambda: feeds))]
        work += [task() for task in wire_rentals(bus, live.rentals).tasks.values()]
        tasks = [asyncio.ensure_future(each) for each in work]
        yield live
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def rents(client: aiohttp.ClientSession, **result: int | None) -> Callable[[], Awaitable[bool]]:
    """Whether both towns have this to rent now and nothing else; of a station, how many."""
    wanted = {f"{feed}:{local}": count for feed in ("v2", "v3") for local, count in result.items()}

    async def displayed() -> bool:
        found = (await get(client, "rental", available="true"))["rental"]
        return wanted == {
            each["id"]: each["station"] and each["station"]["vehicles_available"] for each in found
        }

    return displayed


async def test_from_operators_over_http_through_the_broker_to_travellers(
    tmp_path: Path, start_server: StartServer, make_bus: MakeBus, serve_app: ServeApp
) -> None:
    kafka, clock = start_server("broker").address, StandingClock()
    tables = (RentalStationV1, RentalVehicleV1, RentalSystemV1)
    await ensure_topics(kafka, [TopicSpec(t.topic, partitions=1, kind="table") for t in tables])
    async with (
        operated(tmp_path) as (operator, feeds),
        operating(feeds, await make_bus(address=kafka), clock) as live,
        aiohttp.ClientSession(await serve_app(make_api(live, clock)) + "/mobilite/v1/") as client,
    ):
        await until(rents(client, gare=7, a1=None))
        operator.empty_the_station()
        await until(rents(client, parc=2, a1=None))
        answers = [await get(client, "rental", feed=feed) for feed in ("v2", "v3")]
        result = [json.dumps(answer["rental"]) for answer in answers]
        assert result[0].replace("v2", "v3") == result[1]
        systems = (await get(client, "rental/systems"))["systems"]
        states = {each["feed"]: each["state"] for each in systems}
        assert states == {"v2": "fresh", "v3": "fresh", "vh": "none"}
        assert systems[2]["last_error"]["code"] == "too_large"
        assert systems[2]["message"].startswith("Aucune disponibilité reçue")
        assert operator.unchanged > 0
        # A feed is listed at /feeds once its schedule has been announced.
        live.follow_timetables([received("v3", timetable_of("v3"), NOW)])
        (feed,) = (await get(client, "feeds"))["feeds"]
        assert feed["rental"]["stations"]["count"] == 2
        assert (feed["rental"]["state"], feed["rental"]["last_error"]) == ("fresh", None)
