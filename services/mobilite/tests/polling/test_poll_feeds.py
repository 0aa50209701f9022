"""All feeds at once: each address alone, and feeds.toml may change while they are polled."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from google.protobuf import text_format
from google.transit import gtfs_realtime_pb2 as gtfs_rt

from mobilite.archive.adapters.raw_archive import RawArchive
from mobilite.events import FeedPollV1, TripUpdateV1
from mobilite.feeds.adapters.feeds_file import read_feeds
from mobilite.feeds.flows.declared_feeds import DeclaredFeeds
from mobilite.polling.adapters.decoding.gtfs_realtime import decode_entity, decode_message
from mobilite.polling.flows.poll_feeds import FeedPolling
from mobilite.polling.flows.poll_source import PollDependencies
from mobilite.sources.adapters.file_source import FileSource
from mobilite.sources.ports import Body
from socle.clock import SystemClock
from socle.events import Event, Tombstone
from socle.testing import until

NOW = int(datetime.now(UTC).timestamp())


class Region:
    """A folder with feeds.toml and real-time files, and what followers know of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.table: dict[str, Event] = {}
        self.changed = asyncio.Event()
        self.archive = RawArchive(folder / "archive", hours=1, most_bytes=2**20)

    async def announce(self, *items: Event | Tombstone) -> None:
        for item in items:
            if isinstance(item, Tombstone):
                self.table.pop(f"{item.event_type.topic} {item.key}", None)
            else:
                self.table[f"{item.topic} {item.key()}"] = item
        self.changed.set()

    def declare(self, **feeds: list[str]) -> None:
        text = "".join(
            f'[[feed]]\nid = "{feed}"\nname = "{feed}"\ngtfs = "x"\ngtfs_rt = {addresses}\n'
            for feed, addresses in feeds.items()
        )
        (self.folder / "feeds.toml").write_text(text)

    def write(self, name: str, *trips: str) -> None:
        entities = "".join(
            f'entity {{ id: "{trip}" trip_update {{ trip {{ trip_id: "{trip}" }} }} }}'
            for trip in trips
        )
        complete = f'header {{ gtfs_realtime_version: "2.0" timestamp: {NOW} }} {entities}'
        message = text_format.Parse(complete, gtfs_rt.FeedMessage())
        (self.folder / name).write_bytes(message.SerializeToString())

    def trips(self) -> set[str]:
        return {e.key() for e in self.table.values() if isinstance(e, TripUpdateV1)}

    def polls(self) -> dict[str, FeedPollV1]:
        return {e.key(): e for e in self.table.values() if isinstance(e, FeedPollV1)}

    async def becomes(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not true():
                self.changed.clear()
                await self.changed.wait()

    @asynccontextmanager
    async def polled(self) -> AsyncIterator[DeclaredFeeds]:
        clock = SystemClock()

        def open_source(address: str) -> FileSource:
            if address.endswith("hangs.pb"):
                return Hanging(address, clock=clock, max_bytes=2**20)
            if address.endswith("breaks.pb"):
                return Breaking(address, clock=clock, max_bytes=2**20)
            return FileSource(address, clock=clock, max_bytes=2**20)

        known = [*self.table.values()]
        declared = DeclaredFeeds(lambda: read_feeds(self.folder / "feeds.toml"))
        polling = FeedPolling(
            [e for e in known if isinstance(e, TripUpdateV1)],
            [e for e in known if isinstance(e, FeedPollV1)],
            open_source=open_source,
            tools=PollDependencies(
                decode_message, decode_entity, self.announce, self.archive.store_message, clock
            ),
            interval=60,
            reload_seconds=0.1,
        )
        task = asyncio.create_task(polling.run(declared))
        try:
            yield declared
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


class Hanging(FileSource):
    """A disk that never answers."""

    async def read(self, known: str | None) -> Body | None:
        await asyncio.Event().wait()
        return None


class Breaking(FileSource):
    """A programming error triggered by one address."""

    async def read(self, known: str | None) -> Body | None:
        raise ZeroDivisionError


async def test_a_mistake_one_address_brings_out_stops_no_other(tmp_path: Path) -> None:
    region = Region(tmp_path)
    region.write("a.pb", "1")
    region.declare(tao=["breaks.pb", "a.pb"], remi=["a.pb"])
    async with region.polled():
        await region.becomes(lambda: region.trips() == {"tao:1::", "remi:1::"})
        region.write("a.pb", "1", "2")
        await region.becomes(lambda: {"tao:2::", "remi:2::"} <= region.trips())


async def test_an_address_that_hangs_holds_up_no_other(tmp_path: Path) -> None:
    region = Region(tmp_path)
    region.write("a.pb", "1")
    region.declare(tao=["hangs.pb", "a.pb"], remi=["none.pb", "a.pb"])
    async with region.polled():
        await region.becomes(lambda: len(region.polls()) == 3)
    assert region.trips() == {"tao:1::", "remi:1::"}
    error = region.polls()["remi:0"].error
    assert error is not None
    assert error.code == "file_missing"


async def test_feeds_come_and_go_without_a_restart(tmp_path: Path) -> None:
    region = Region(tmp_path)
    region.write("a.pb", "1")
    region.write("b.pb", "2")
    region.declare(tao=["a.pb", "b.pb"])
    async with region.polled() as declared:
        await region.becomes(lambda: region.trips() == {"tao:1::", "tao:2::"})
        region.declare(tao=["a.pb"], remi=["b.pb"])
        await region.becomes(lambda: region.trips() == {"tao:1::", "remi:2::"})
        assert sorted(region.polls()) == ["remi:0", "tao:0"]
        (tmp_path / "feeds.toml").write_text("[[feed]]\nid = 3\n")
        await until(lambda: declared.why_not() is not None)
        assert region.trips() == {"tao:1::", "remi:2::"}
        region.declare()
        await region.becomes(lambda: region.table == {})


async def test_what_vanished_while_no_one_polled_is_deleted(tmp_path: Path) -> None:
    region = Region(tmp_path)
    region.write("a.pb", "1", "2")
    region.write("b.pb", "3")
    region.write("c.pb", "4")
    region.declare(tao=["a.pb"], remi=["b.pb"], azalys=["c.pb"])
    async with region.polled():
        await region.becomes(lambda: len(region.trips()) == 4)
    region.write("a.pb", "2", "5")
    region.write("d.pb", "6")
    region.declare(tao=["a.pb"], azalys=["d.pb"])  # "remi" is gone, "azalys" has moved
    async with region.polled():
        await region.becomes(lambda: region.trips() == {"tao:2::", "tao:5::", "azalys:6::"})
    assert sorted(region.polls()) == ["azalys:0", "tao:0"]
