"""The desk role: notices of operators without software, published as a feed."""

import uuid

from fastapi import FastAPI

from mobilite.desk.adapters.desk_keys import DeskKeys
from mobilite.desk.adapters.desk_message import desk_message
from mobilite.desk.adapters.notice_store import PostgresNotices
from mobilite.desk.api.desk import add_desk, add_desk_feed
from mobilite.desk.flows.list_notices import published_notices
from mobilite.desk.flows.publish_notice import Desk
from mobilite.events import TimetableV1
from mobilite.feeds.flows.declared_feeds import DeclaredFeeds
from mobilite.gtfs.domain.ids import FeedId
from mobilite.sources.ports import DESK_FEED_PATH
from mobilite.timetable.adapters.packed_folders import TimetableCache
from mobilite.timetable.domain.timetable import Timetable
from mobilite.timetable.flows.follow_timetables import TimetableFollower
from mobilite.wiring.openapi import PREFIX
from mobilite.wiring.shared import Start
from mobilite.wiring.timetables import map_timetables
from socle.bus import Bus
from socle.errors import Refusal
from socle.http import http_client
from socle.postgres import migrate, open_pool
from socle.service import RunningRole


async def wire_notices(
    given: Start, database: str, bus: Bus, declared: DeclaredFeeds, app: FastAPI
) -> RunningRole:
    """Store notices in the database (a URL), and add the endpoints of the desk to `app`. Raises
    Refusal if there are no valid keys."""
    path = given.settings.desk_keys
    if path is None:
        raise Refusal("invalid", "MOBILITE_DESK_KEYS : le guichet demande cette variable.")
    keys = DeskKeys(path, lambda: [feed.id for feed in declared.reload()])
    await migrate(database, "mobilite")
    pool = await given.stack.enter_async_context(
        open_pool(database, application_name="mobilite-desk")
    )
    timetables, following = await _wire_timetables(given, bus)
    desk = Desk(PostgresNotices(pool), timetables.get, given.clock, lambda: uuid.uuid4().hex)

    async def render_feed(feed_id: FeedId) -> bytes:
        return desk_message(await published_notices(feed_id, desk=desk), given.clock.now())

    add_desk(app, desk, keys.find, prefix=PREFIX)
    add_desk_feed(app, render_feed)
    return RunningRole(
        tasks=following.tasks,
        checks={**following.checks, "desk_keys": keys.why_not},
        audiences=frozenset({"mobilite_desk"}),
        internal_paths=(f"{DESK_FEED_PATH}/",),  # the poll role reads the desk's notices there
    )


async def _wire_timetables(given: Start, bus: Bus) -> tuple[dict[FeedId, Timetable], RunningRole]:
    """The current timetables by feed, against which notices are checked, and the tasks that
    follow them."""
    session = await given.stack.enter_async_context(http_client(time_limit=None))
    served: dict[FeedId, Timetable] = {}

    async def serve(timetable: Timetable) -> None:
        served[timetable.feed_id] = timetable

    def withdraw(feed_id: FeedId) -> None:
        served.pop(feed_id, None)

    cache = TimetableCache(given.settings.data / "desk", session)
    follower = TimetableFollower(cache, serve=serve, withdraw=withdraw, clock=given.clock)
    table = bus.follow(TimetableV1, into=follower.follow)

    return served, RunningRole(
        tasks={"desk_timetables": table.run, "desk_packed_files": map_timetables(follower, table)},
        checks={"desk_timetables": table.why_not, "desk_packed_files": follower.why_not},
    )
