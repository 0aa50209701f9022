"""The roles of mobilité, assembled: the one place that sees everything.

import   schedules → packed files → mobilite.timetable.v1
poll     GTFS-RT → mobilite.{trip-update,vehicle-position,alert,feed-poll}.v1
api      the tables → one live state → boards
all      the three in one process, for one machine
"""

import asyncio
from collections.abc import Sequence

from fastapi import FastAPI

from mobilite.adapters.feeds_file import read_feeds
from mobilite.adapters.gtfs_realtime import decode_message, walk_entity
from mobilite.adapters.import_process import PackingProcess
from mobilite.adapters.import_store import PostgresImportStore
from mobilite.adapters.packed_folders import PackedShelf, TimetableCache
from mobilite.adapters.poll_metrics import measured
from mobilite.adapters.poll_source import PollSources
from mobilite.adapters.schedule_source import ScheduleSource
from mobilite.api.app import make_api
from mobilite.api.timetable_files import timetable_files
from mobilite.events import AlertV1, FeedPollV1, TimetableV1, TripUpdateV1, VehiclePositionV1
from mobilite.flows.catch_up import catch_up
from mobilite.flows.feeds_declared import FeedsDeclared
from mobilite.flows.follow_timetables import TimetableFollower
from mobilite.flows.import_feed import ImportTools
from mobilite.flows.import_feeds import ScheduleImports
from mobilite.flows.live import Live
from mobilite.flows.poll_feed import PollTools
from mobilite.flows.poll_feeds import FeedPolling
from mobilite.settings import MobiliteSettings
from socle.bus import Bus, open_bus
from socle.errors import Refusal
from socle.events import Received
from socle.http import http_client, make_app
from socle.outbox import Outbox, relay
from socle.postgres import migrate, open_pool
from socle.service import Given, Running, combine

Start = Given[MobiliteSettings]


async def wire_import(given: Start) -> Running:
    """The role that imports schedules; its face hands packed files to the replicas."""
    database, declared = _database(given), _declared(given)
    bus = await _bus(given)
    face = make_app("Mobilité, import", service="mobilite", clock=given.clock, openapi_url=None)
    imports = await _imports(given, database, bus, declared, face)
    return combine(Running(app=face), _watch(declared), imports)


async def wire_poll(given: Start) -> Running:
    """The role that polls GTFS-RT addresses. One replica: two would tell everything twice."""
    bus, declared = await _bus(given), _declared(given)
    return combine(_watch(declared), await _polls(given, bus, declared))


async def wire_api(given: Start) -> Running:
    """The role that answers travellers. As many replicas as they need."""
    live = Live()
    face = make_api(live, given.clock)
    return combine(Running(app=face), await _boards(given, await _bus(given), live))


async def wire_all(given: Start) -> Running:
    """The three roles in one process, over one connection to the bus."""
    database, declared = _database(given), _declared(given)
    bus, live = await _bus(given), Live()
    face = make_api(live, given.clock)
    return combine(
        Running(app=face),
        _watch(declared),
        await _imports(given, database, bus, declared, face),
        await _polls(given, bus, declared),
        await _boards(given, bus, live),
        _first_boards(declared, live),
    )


def _first_boards(declared: FeedsDeclared, live: Live) -> Running:
    """Where import and boards are one process, ready means that what is declared is there."""

    def why_not() -> str | None:
        waiting = [feed.id for feed in declared.feeds if feed.id not in live.state.timetables]
        return f"pas encore annoncés : {', '.join(waiting)}" if waiting else None

    return Running(checks={"boards": why_not})


async def _bus(given: Start) -> Bus:
    return await given.stack.enter_async_context(
        open_bus(given.platform.kafka, source="mobilite", clock=given.clock)
    )


def _declared(given: Start) -> FeedsDeclared:
    return FeedsDeclared(lambda: read_feeds(given.settings.feeds))


def _watch(declared: FeedsDeclared) -> Running:
    return Running(checks={"feeds": declared.why_not})


def _database(given: Start) -> str:
    """The URL of the database: the other roles are not given it."""
    if given.settings.postgres is None:
        raise Refusal(
            "invalid", "MOBILITE_POSTGRES : l'import des horaires demande cette variable."
        )
    return given.settings.postgres.get_secret_value()


async def _imports(
    given: Start, database: str, bus: Bus, declared: FeedsDeclared, face: FastAPI
) -> Running:
    settings, clock = given.settings, given.clock
    await migrate(database, "mobilite")
    pool = await given.stack.enter_async_context(
        open_pool(database, application_name="mobilite-import")
    )
    session = await given.stack.enter_async_context(http_client(outside=True, time_limit=None))
    folder = settings.data / "import"
    shelf = PackedShelf(folder / "packed", _timetable_address(given))
    source = ScheduleSource(session, folder / "downloads")
    tools = ImportTools(
        fetch=source.fetch,
        pack=PackingProcess(shelf.folder).pack,
        store=PostgresImportStore(pool, Outbox("mobilite", clock)),
        shelf=shelf,
        clock=clock,
        packing=asyncio.Semaphore(1),
    )
    imports = ScheduleImports(tools, stamp=source.stamp, interval=settings.import_seconds)
    face.include_router(timetable_files(shelf.find))
    return Running(
        tasks={"import": lambda: imports.run(declared), "outbox": lambda: relay(pool, bus)},
        checks={"import": imports.why_not},
    )


def _timetable_address(given: Start) -> str:
    """Where replicas fetch packed files: what the settings say, or this very process."""
    if given.settings.timetable_address is not None:
        return given.settings.timetable_address
    host = given.platform.host
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{given.settings.port}"


async def _polls(given: Start, bus: Bus, declared: FeedsDeclared) -> Running:
    session = await given.stack.enter_async_context(http_client(outside=True, time_limit=None))
    sources = PollSources(session, given.clock)
    announce = measured(bus.publish, given.clock)
    tools = PollTools(decode_message, walk_entity, announce, given.clock)
    known = asyncio.Event()

    async def run() -> None:
        updates, vehicles, alerts, polls = await asyncio.gather(
            catch_up(bus, TripUpdateV1),
            catch_up(bus, VehiclePositionV1),
            catch_up(bus, AlertV1),
            catch_up(bus, FeedPollV1),
        )
        polling = FeedPolling(
            [*updates.values(), *vehicles.values(), *alerts.values()],
            polls.values(),
            open_source=sources.open,
            tools=tools,
            interval=given.settings.poll_seconds,
        )
        known.set()
        await polling.run(declared)

    def why_not() -> str | None:
        return None if known.is_set() else "les tables n'ont pas encore été relues"

    return Running(tasks={"poll": run}, checks={"poll": why_not})


async def _boards(given: Start, bus: Bus, live: Live) -> Running:
    session = await given.stack.enter_async_context(http_client(time_limit=None))
    cache = TimetableCache(given.settings.data / "api", session)
    follower = TimetableFollower(cache, serve=live.serve, withdraw=live.withdraw, clock=given.clock)

    def follow_timetables(batch: Sequence[Received[TimetableV1]]) -> None:
        live.follow_timetables(batch)
        follower.follow(batch)

    timetables = bus.follow(TimetableV1, into=follow_timetables)

    async def map_packed_files() -> None:
        # The follower removes files nobody announces: not before it has heard all there is.
        await timetables.caught_up()
        await follower.run()

    trip_updates = bus.follow(TripUpdateV1, into=live.follow_trip_updates)
    vehicles = bus.follow(VehiclePositionV1, into=live.follow_vehicles)
    alerts = bus.follow(AlertV1, into=live.follow_alerts)
    feed_polls = bus.follow(FeedPollV1, into=live.follow_polls)
    return Running(
        tasks={
            "timetables": timetables.run,
            "trip_updates": trip_updates.run,
            "vehicles": vehicles.run,
            "alerts": alerts.run,
            "feed_polls": feed_polls.run,
            "packed_files": map_packed_files,
        },
        checks={
            "timetables": timetables.why_not,
            "trip_updates": trip_updates.why_not,
            "vehicles": vehicles.why_not,
            "alerts": alerts.why_not,
            "feed_polls": feed_polls.why_not,
            "packed_files": follower.why_not,
        },
    )
