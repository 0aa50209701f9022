"""What several roles of mobilité are given alike."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

from mobilite.events import TimetableV1
from mobilite.feeds.adapters.feeds_file import read_feeds
from mobilite.feeds.domain.feed import Feed
from mobilite.feeds.flows.declared_feeds import FeedsDeclared
from mobilite.settings import MobiliteSettings
from mobilite.sources.ports import DESK_FEEDS
from mobilite.timetable.flows.follow_timetables import TimetableFollower
from socle.bus import Bus, Table, open_bus
from socle.errors import Refusal
from socle.service import Given, Running

Start = Given[MobiliteSettings]


async def open_role_bus(given: Start) -> Bus:
    """One connection to the bus for the whole process."""
    return await given.stack.enter_async_context(
        open_bus(given.platform.kafka, source="mobilite", clock=given.clock)
    )


def feeds_declared(given: Start) -> FeedsDeclared:
    """feeds.toml. Raises Refusal where it cannot be used."""
    return FeedsDeclared(lambda: read_feeds(given.settings.feeds))


def feeds_polled(given: Start) -> FeedsDeclared:
    """feeds.toml, where what the desk tells of a feed is one more address of it."""
    desk = given.settings.desk

    def read() -> tuple[Feed, ...]:
        feeds = read_feeds(given.settings.feeds)
        if desk is None:
            return feeds
        return tuple(
            replace(feed, gtfs_rt=(*feed.gtfs_rt, f"{desk}{DESK_FEEDS}/{feed.id}.pb"))
            for feed in feeds
        )

    return FeedsDeclared(read)


def watch_declared(declared: FeedsDeclared) -> Running:
    """Ready means that feeds.toml is sound."""
    return Running(checks={"feeds": declared.why_not})


class Polling(Protocol):
    """What reads operators' addresses for as long as it runs."""

    async def run(self, declared: FeedsDeclared) -> None: ...


def polling(
    name: str, recall: Callable[[], Awaitable[Polling]], declared: FeedsDeclared
) -> Running:
    """Poll what is `declared`, once `recall` has read back from the tables what was told before."""
    recalled = asyncio.Event()

    async def run() -> None:
        begun = await recall()
        recalled.set()
        await begun.run(declared)

    def why_not() -> str | None:
        return None if recalled.is_set() else "les tables n'ont pas encore été relues"

    return Running(tasks={name: run}, checks={name: why_not})


def mapping(
    follower: TimetableFollower, table: Table[TimetableV1]
) -> Callable[[], Awaitable[None]]:
    """Map what is announced. The follower removes files nobody announces: not before it has heard
    all there is."""

    async def run() -> None:
        await table.caught_up()
        await follower.run()

    return run


def database_of(given: Start) -> str:
    """The URL of the database: the other roles are not given it."""
    if given.settings.postgres is None:
        raise Refusal("invalid", "MOBILITE_POSTGRES : ce rôle demande cette variable.")
    return given.settings.postgres.get_secret_value()


def own_address(given: Start) -> str:
    """Where this very process answers."""
    host = given.platform.host
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{given.settings.port}"
