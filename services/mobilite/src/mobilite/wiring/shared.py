"""Parts that several roles have: the bus, the declared feeds, the database."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Protocol

from mobilite.feeds.adapters.feeds_file import read_feeds
from mobilite.feeds.domain.feed import Feed
from mobilite.feeds.flows.declared_feeds import DeclaredFeeds
from mobilite.settings import MobiliteSettings
from mobilite.sources.ports import DESK_FEED_PATH, ESTIMATES_FEED_PATH
from socle.bus import Bus, open_bus
from socle.errors import Refusal
from socle.service import RunningRole, WiringContext

Start = WiringContext[MobiliteSettings]


async def open_role_bus(given: Start) -> Bus:
    """One connection to the bus for the whole process."""
    return await given.stack.enter_async_context(
        open_bus(given.platform.kafka, source="mobilite", clock=given.clock)
    )


def feeds_declared(given: Start) -> DeclaredFeeds:
    """The feeds of feeds.toml. Raises Refusal if the file is not valid."""
    return DeclaredFeeds(lambda: read_feeds(given.settings.feeds))


def feeds_polled(given: Start) -> DeclaredFeeds:
    """The feeds of feeds.toml, each with its address at the desk, if there is a desk role, and with
    that of its estimates, if it declares them. Raises Refusal if the file is not valid."""

    def read() -> tuple[Feed, ...]:
        feeds = read_feeds(given.settings.feeds)
        return tuple(
            replace(feed, gtfs_rt=(*feed.gtfs_rt, *_own_addresses(given, feed))) for feed in feeds
        )

    return DeclaredFeeds(read)


def _own_addresses(given: Start, feed: Feed) -> Iterator[str]:
    """The addresses of this platform that are polled as those of a feed, after the operator's."""
    if given.settings.estimates is not None and feed.estimate:
        yield f"{given.settings.estimates}{ESTIMATES_FEED_PATH}/{feed.id}.pb"
    if given.settings.desk is not None:
        yield f"{given.settings.desk}{DESK_FEED_PATH}/{feed.id}.pb"


def watch_declared(declared: DeclaredFeeds) -> RunningRole:
    """The check that feeds.toml is valid."""
    return RunningRole(checks={"feeds": declared.why_not})


class Polling(Protocol):
    """Polls operators' addresses."""

    async def run(self, declared: DeclaredFeeds) -> None:
        """Poll the declared feeds until cancelled."""
        ...


def run_polling(
    name: str, restore: Callable[[], Awaitable[Polling]], declared: DeclaredFeeds
) -> RunningRole:
    """The task `name`: poll the declared feeds, once `restore` has read the published state from
    the tables. Ready once it has."""
    restored = asyncio.Event()

    async def run() -> None:
        poller = await restore()
        restored.set()
        await poller.run(declared)

    def why_not() -> str | None:
        return None if restored.is_set() else "les tables n'ont pas encore été relues"

    return RunningRole(tasks={name: run}, checks={name: why_not})


def database_of(given: Start) -> str:
    """The URL of the database. Raises Refusal if it is not set: only some roles need it."""
    if given.settings.postgres is None:
        raise Refusal("invalid", "MOBILITE_POSTGRES : ce rôle demande cette variable.")
    return given.settings.postgres.get_secret_value()


def own_address(given: Start) -> str:
    """The base URL of this process."""
    host = given.platform.host
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{given.settings.port}"
