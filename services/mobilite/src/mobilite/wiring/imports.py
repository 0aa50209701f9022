"""The import role: fetches and packs schedules, announces them and serves the files to replicas."""

import asyncio

from fastapi import FastAPI

from mobilite.archive.adapters.raw_archive import RawArchive
from mobilite.feeds.flows.declared_feeds import DeclaredFeeds
from mobilite.imports.adapters.import_store import PostgresImportStore
from mobilite.imports.adapters.schedule_source import ScheduleSource
from mobilite.imports.api.packed_files import timetable_files
from mobilite.imports.flows.import_feed import ImportDependencies
from mobilite.imports.flows.import_feeds import ScheduleImports
from mobilite.packing.adapters.packing_process import PackingProcess
from mobilite.timetable.adapters.packed_folders import PackedFileFolder
from mobilite.timetable.ports import PACKED_FILES_PATH
from mobilite.wiring.shared import Start, own_address
from socle.bus import Bus
from socle.http import http_client
from socle.outbox import Outbox, relay
from socle.postgres import migrate, open_pool
from socle.service import RunningRole


async def wire_imports(
    given: Start, database: str, bus: Bus, declared: DeclaredFeeds, app: FastAPI
) -> RunningRole:
    """Import the declared feeds, and add the endpoint of packed files to `app`. `database`: a
    URL."""
    settings, clock = given.settings, given.clock
    await migrate(database, "mobilite")
    pool = await given.stack.enter_async_context(
        open_pool(database, application_name="mobilite-import")
    )
    session = await given.stack.enter_async_context(http_client(outside=True, time_limit=None))
    folder = settings.data / "import"
    packed_store = PackedFileFolder(
        folder / "packed", settings.timetable_address or own_address(given)
    )
    source = ScheduleSource(session, folder / "downloads")
    packing = PackingProcess(packed_store.folder)
    given.stack.push_async_callback(packing.close)
    tools = ImportDependencies(
        fetch=source.fetch,
        pack=packing.pack,
        archive=raw_archive(given).store_schedule,
        store=PostgresImportStore(pool, Outbox("mobilite", clock)),
        packed_store=packed_store,
        clock=clock,
        packing=asyncio.Semaphore(1),
    )
    imports = ScheduleImports(tools, stamp=source.stamp, interval=settings.import_seconds)
    timetable_files(packed_store.find).add_to(app)
    return RunningRole(
        tasks={"import": lambda: imports.run(declared), "outbox": lambda: relay(pool, bus)},
        checks={"import": imports.why_not},
        internal_paths=(f"{PACKED_FILES_PATH}/",),  # the replicas fetch packed files there
    )


def raw_archive(given: Start) -> RawArchive:
    """The archive of raw operator data, closed with the process."""
    settings = given.settings
    archive = RawArchive(
        settings.data / "archive", hours=settings.archive_hours, most_bytes=settings.archive_bytes
    )
    given.stack.callback(archive.close)
    return archive
