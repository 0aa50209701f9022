"""A schedule end to end: a feed on disk, the import, PostgreSQL, the outbox, a broker, a replica
that fetches by checksum over HTTP and swaps.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from cities import LINE, write_zip

from mobilite.archive.adapters.raw_archive import RawArchive
from mobilite.events import TimetableV1
from mobilite.feeds.domain.feed import Feed
from mobilite.feeds.flows.declared_feeds import DeclaredFeeds
from mobilite.gtfs.domain.ids import FeedId
from mobilite.imports.adapters.import_store import PostgresImportStore
from mobilite.imports.adapters.schedule_source import ScheduleSource
from mobilite.imports.api.packed_files import timetable_files
from mobilite.imports.flows.import_feed import ImportDependencies
from mobilite.imports.flows.import_feeds import ScheduleImports
from mobilite.packing.adapters.packing_process import PackingProcess
from mobilite.packing.domain.feed_version import FeedVersion
from mobilite.timetable.adapters.packed_folders import PackedFileFolder, TimetableCache
from mobilite.timetable.domain.timetable import Timetable
from mobilite.timetable.flows.follow_timetables import TimetableFollower
from socle.clock import SystemClock
from socle.events import Received
from socle.http import make_app
from socle.outbox import Outbox, relay
from socle.postgres import open_pool
from socle.testing import MakeBus, ServeApp, until

CLOCK = SystemClock()


@dataclass
class Region:
    """Both roles on one machine, and what a traveller would see."""

    folder: Path
    feeds: list[Feed] = field(default_factory=list)
    serving: dict[FeedId, Timetable] = field(default_factory=dict)
    table: dict[str, TimetableV1] = field(default_factory=dict)
    imports: ScheduleImports = field(init=False)
    follower: TimetableFollower = field(init=False)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def declare(self, feed_id: str, files: dict[str, str] | bytes) -> Path:
        path = self.folder / f"{feed_id}.zip"
        if isinstance(files, bytes):
            path.write_bytes(files)
        else:
            write_zip(path, files)
        if feed_id not in [feed.id for feed in self.feeds]:
            self.feeds.append(Feed(FeedId(feed_id), "Réseau", str(path), licence="etalab-2.0"))
        return path

    def attempt(self, feed_id: str) -> tuple[str, str | None]:
        event = self.table.get(feed_id)
        if event is None:
            return "none", None
        return event.last_attempt.outcome, event.last_attempt.problem

    def stops(self, feed_id: str) -> list[str]:
        timetable = self.serving.get(FeedId(feed_id))
        return list(timetable.stop_names) if timetable else []

    def check(self) -> bool:
        for task in self.tasks:
            if task.done():
                task.result()
        return True


class Packing(PackingProcess):
    """The real one, with a programming error triggered by one feed."""

    async def pack(self, source: Path, feed_id: FeedId) -> FeedVersion:
        if feed_id == "breaks":
            raise ZeroDivisionError
        return await super().pack(source, feed_id)


@asynccontextmanager
async def region(
    tmp_path: Path, postgres_url: str, make_bus: MakeBus, serve_app: ServeApp, feeds: list[Feed]
) -> AsyncIterator[Region]:
    async with AsyncExitStack() as stack:
        bus = await make_bus(source="mobilite")
        pool = await stack.enter_async_context(open_pool(postgres_url, application_name="t"))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        packed_store = PackedFileFolder(tmp_path / "shelf", "")
        app = make_app("import", service="mobilite", clock=CLOCK)
        timetable_files(packed_store.find).add_to(app)
        packed_store = PackedFileFolder(tmp_path / "shelf", await serve_app(app))
        source = ScheduleSource(session, tmp_path / "downloads")
        packing = Packing(packed_store.folder)
        stack.push_async_callback(packing.close)
        tools = ImportDependencies(
            fetch=source.fetch,
            pack=packing.pack,
            archive=RawArchive(tmp_path / "archive", hours=1, most_bytes=0).store_schedule,
            store=PostgresImportStore(pool, Outbox("mobilite", CLOCK)),
            packed_store=packed_store,
            clock=CLOCK,
            packing=asyncio.Semaphore(1),
        )
        here = Region(tmp_path, feeds)
        here.imports = ScheduleImports(
            tools, stamp=source.stamp, interval=60, reload_seconds=0.05, first_imports=2.0
        )

        async def serve(timetable: Timetable) -> None:
            here.serving[timetable.feed_id] = timetable

        here.follower = TimetableFollower(
            TimetableCache(tmp_path / "cache", session),
            serve=serve,
            withdraw=lambda feed_id: here.serving.pop(feed_id, None),
            clock=CLOCK,
        )

        def into(received: list[Received[TimetableV1]]) -> None:
            for record in received:
                here.table.pop(record.key, None)
                if record.data is not None:
                    here.table[record.key] = record.data
            here.follower.follow(received)

        work = [
            here.imports.run(DeclaredFeeds(lambda: tuple(here.feeds))),
            here.follower.run(),
            bus.follow(TimetableV1, into=into).run(),
            relay(pool, bus, poll=0.2),
        ]
        here.tasks = [asyncio.create_task(work_) for work_ in work]
        try:
            yield here
        finally:
            for task in here.tasks:
                task.cancel()
            await asyncio.gather(*here.tasks, return_exceptions=True)


@pytest.fixture
async def open_region(
    tmp_path: Path,
    postgres_url: str,
    kafka_address: str,
    make_bus: MakeBus,
    serve_app: ServeApp,
    new_topic,
    monkeypatch: pytest.MonkeyPatch,
):
    """Opens a region on a topic of its own; opened twice, the second finds the first's state."""
    topic = await new_topic(kind="table")
    monkeypatch.setattr(TimetableV1, "topic", topic)
    feeds: list[Feed] = []
    return lambda: region(tmp_path, postgres_url, make_bus, serve_app, feeds)


async def test_a_feed_goes_in_changes_breaks_and_leaves(open_region) -> None:
    async with open_region() as here:
        assert here.imports.why_not() is not None
        here.declare("f", LINE)
        await until(lambda: here.check() and here.stops("f") == ["Gare", "Mairie", "Parc", "Lac"])
        assert here.imports.why_not() is None
        assert here.follower.why_not() is None
        event = here.table["f"]
        assert (event.licence, event.valid_from, event.counts["trips"]) == (
            "etalab-2.0",
            "20260101",
            1,
        )
        first = here.serving[FeedId("f")]

        # A new version replaces the old in one step; the old stays readable for who holds it.
        here.declare("f", {**LINE, "stops.txt": LINE["stops.txt"].replace("Lac", "Étang")})
        await until(lambda: here.check() and here.stops("f")[-1:] == ["Étang"])
        assert here.attempt("f") == ("imported", None)
        assert list(first.stop_names)[-1] == "Lac"
        await until(lambda: len(list((here.folder / "cache").iterdir())) == 1)

        # A broken one leaves the previous version in service, and is reported.
        here.declare("f", b"<html>Maintenance</html>")
        await until(lambda: here.check() and here.attempt("f")[0] == "refused")
        assert here.attempt("f")[1] == (
            "Le fichier reçu est une page web (HTML ou XML), pas un zip GTFS."
        )
        assert here.table["f"].address is not None
        assert here.stops("f")[-1] == "Étang"

        # So does a source that is gone; when it comes back, it is judged as it was.
        (here.folder / "f.zip").rename(here.folder / "away")
        await until(lambda: "n'existe pas" in (here.attempt("f")[1] or ""))
        assert here.stops("f")[-1] == "Étang"
        (here.folder / "away").rename(here.folder / "f.zip")
        await until(lambda: "HTML" in (here.attempt("f")[1] or ""))

        # The version that serves, published again, is no new version.
        here.declare("f", {**LINE, "stops.txt": LINE["stops.txt"].replace("Lac", "Étang")})
        await until(lambda: here.check() and here.attempt("f") == ("unchanged", None))
        (here.folder / "f.zip").rename(here.folder / "away")
        await until(lambda: here.attempt("f")[0] == "refused")
        (here.folder / "away").rename(here.folder / "f.zip")
        await until(lambda: here.check() and here.attempt("f") == ("unchanged", None))

        here.feeds.clear()
        await until(lambda: here.check() and not here.table and not here.serving)
        assert here.follower.why_not() is None


async def test_one_feed_never_touches_another(open_region) -> None:
    async with open_region() as here:
        here.declare("bad", {**LINE, "stops.txt": "stop_id\n"})
        here.declare("good", LINE)
        await until(lambda: here.check() and here.stops("good") and "bad" in here.table)
        assert here.table["bad"].address is None
        assert here.attempt("bad") == ("refused", "stops.txt ne contient aucun arrêt.")
        # Known to have none: the replica does not wait for it.
        assert here.follower.why_not() is None


async def test_dates_typed_without_thought_are_announced_all_the_same(open_region) -> None:
    async with open_region() as here:
        calendar = LINE["calendar.txt"].replace("20260101", "00010101")
        here.declare("old", {**LINE, "calendar.txt": calendar})
        await until(lambda: here.check() and here.stops("old"))
        assert here.table["old"].valid_from == "00010101"


async def test_what_a_database_cannot_hold_reaches_none(open_region) -> None:
    async with open_region() as here:
        stops = LINE["stops.txt"].replace("Lac", "L\0ac") + "\0x\0,Nul,n\0an,1\n"
        here.declare("nul", {**LINE, "stops.txt": stops})
        await until(lambda: here.check() and here.attempt("nul")[0] == "imported")
        await until(lambda: here.check() and here.stops("nul")[3:] == ["Lac", "Nul"])


async def test_a_mistake_one_feed_brings_out_stops_no_other(open_region) -> None:
    async with open_region() as here:
        here.declare("breaks", LINE)
        here.declare("good", LINE)
        await until(lambda: here.check() and here.stops("good"))
        here.declare("good", {**LINE, "stops.txt": LINE["stops.txt"].replace("Lac", "Étang")})
        await until(lambda: here.check() and here.stops("good")[-1:] == ["Étang"])


async def test_a_server_that_hangs_does_not_retain_the_role_from_being_ready(open_region) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, open_region() as here:
        here.feeds.append(Feed(FeedId("hangs"), "Réseau", f"http://127.0.0.1:{port}/gtfs.zip"))
        here.declare("good", LINE)
        await until(lambda: here.check() and here.stops("good"))
        await until(lambda: here.imports.why_not() is None)
        assert "hangs" not in here.table


async def test_a_restart_finds_what_was_and_packs_nothing_again(open_region) -> None:
    async with open_region() as here:
        here.declare("f", LINE)
        await until(lambda: here.check() and here.stops("f"))
        packed_at = here.table["f"].packed_at
    async with open_region() as here:
        await until(lambda: here.check() and here.attempt("f")[0] == "unchanged")
        await until(lambda: here.check() and here.stops("f"))
        assert here.table["f"].packed_at == packed_at


async def test_a_lost_packed_file_is_packed_again(open_region) -> None:
    async with open_region() as here:
        here.declare("f", LINE)
        await until(lambda: here.check() and here.stops("f"))
    for folder in ("shelf", "cache"):
        for path in (here.folder / folder).iterdir():
            path.unlink()
    here.serving.clear()
    async with open_region() as here:
        await until(lambda: here.check() and here.stops("f"))
        assert here.table["f"].sha256 is not None


async def test_a_feed_no_longer_declared_while_away_is_deleted(open_region) -> None:
    async with open_region() as here:
        here.declare("f", LINE)
        await until(lambda: here.check() and here.stops("f"))
    here.feeds.clear()
    async with open_region() as here:
        await until(lambda: here.check() and not here.table)
