"""The pytest plugin: real servers and a manual clock.

    postgres_url    a fresh database on a PostgreSQL that lasts the session; with the tables of
                    `migrated_package`, which a member's conftest names, or empty
    kafka_address   a broker that lasts the session: the real Apache Kafka for tests marked `kafka`,
                    the embedded one for the others
    start_server    `start_server("broker")`: a server of this test only, to stop and start again
    make_bus        `await make_bus(source="mobilite")`: a bus on `kafka_address`, closed at the end
    new_topic       `await new_topic(kind="table")`: a fresh topic's name
    serve_app       `await serve_app(app)`: an ASGI application on a real HTTP server; its address
    databases       `with databases.fresh("esante") as url`: a database that tests of a module share
    browser         Chromium, for one test; skips it where there is none. `notifying_browser` has
                    notifications
    manual_clock    stays at 2026-03-02T08:00:00Z until it is advanced

`free_port` gives a port to a program that cannot choose one itself. `TcpProxy` forwards to one of
these servers, so that a test can cut the connection. `until` waits for a condition. `IS_DEEP` and
`sized` are for campaigns (`socle.testing.campaigns`).

REGIONLAB_TEST_POSTGRES and REGIONLAB_TEST_KAFKA, where set, are the addresses of the session's
servers. The others, and those of `start_server`, are started by `python -m embedded`; without it
their tests are skipped.
"""

import asyncio
import os
import resource
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio
import uvloop

from socle.bus import Bus, Limits, TopicSpec, ensure_topics, open_bus
from socle.clock import Clock, ManualClock, SystemClock
from socle.events import TopicType
from socle.http import ASGIApp
from socle.service.server import Server as HttpServer
from socle.service.server import listen
from socle.testing.absent import pytest_addoption as pytest_addoption
from socle.testing.absent import pytest_sessionfinish as pytest_sessionfinish
from socle.testing.absent import pytest_terminal_summary as pytest_terminal_summary
from socle.testing.browser import browser as browser
from socle.testing.browser import every_viewport as every_viewport
from socle.testing.browser import notifying_browser as notifying_browser
from socle.testing.campaigns import IS_DEEP as IS_DEEP
from socle.testing.campaigns import SHARE as SHARE
from socle.testing.campaigns import one_size as one_size
from socle.testing.campaigns import sized as sized
from socle.testing.conditions import until as until
from socle.testing.databases import Databases
from socle.testing.servers import ADDRESS_OF, Server, ServerName, data_folder, need_server
from socle.testing.servers import free_port as free_port
from socle.testing.tcp_proxy import TcpProxy as TcpProxy
from socle.testing.type_adapters import cache_type_adapters

_OPEN_FILES = 16_384
# Production's back-off would make tests wait, and its time to publish would fail them while a busy
# machine restarts the broker; the other limits are production's.
TEST_LIMITS = Limits(
    publish=300.0, back_off=0.05, back_off_most=0.5, watch=0.5, poll=0.5, session=6.0
)


def pytest_configure() -> None:
    """Cache FastAPI's type adapters, and allow more open files: some tests open a thousand sockets,
    which is the usual limit."""
    cache_type_adapters()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Tests run on the event loop that production runs on (`socle.service.program`)."""
    return {"uvloop": uvloop.new_event_loop}


class StartServer(Protocol):
    """Starts a server that ends with the test."""

    def __call__(self, name: ServerName) -> Server: ...


class MakeBus(Protocol):
    """Opens a bus that closes with the test."""

    def __call__(
        self,
        *,
        source: str = ...,
        address: str | None = ...,
        limits: Limits = ...,
        clock: Clock | None = ...,
    ) -> Awaitable[Bus]: ...


class NewTopic(Protocol):
    """Creates a topic no other test uses, and returns its name."""

    def __call__(
        self, *, kind: TopicType = ..., partitions: int = ..., address: str | None = ...
    ) -> Awaitable[str]: ...


@pytest.fixture(scope="session")
def _servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[ServerName], str]]:
    """Servers of the session, each started at its first use."""
    running: dict[ServerName, Server] = {}
    with ExitStack() as stack:

        def address(name: ServerName) -> str:
            if given := os.environ.get(ADDRESS_OF[name]):
                return given
            if name not in running:
                need_server(name)
                folder = stack.enter_context(data_folder(tmp_path_factory.mktemp(name)))
                server = Server(name, folder / name)
                server.start()
                stack.callback(server.stop)
                running[name] = server
            return running[name].address

        yield address


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """Start servers of this test only: `start_server("broker")`."""
    started: list[Server] = []

    def start(name: ServerName) -> Server:
        need_server(name)
        server = Server(name, tmp_path / f"{name}-{len(started)}")
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def kafka_address(request: pytest.FixtureRequest, _servers: Callable[[ServerName], str]) -> str:
    """Bootstrap address of the session's broker, `host:port`."""
    real = request.node.get_closest_marker("kafka") is not None
    return _servers("kafka" if real else "broker")


@pytest.fixture(scope="session")
def databases(_servers: Callable[[ServerName], str]) -> Iterator[Databases]:
    """Creates databases on the PostgreSQL of the session."""
    with Databases(_servers("postgres")) as created:
        yield created


@pytest.fixture(scope="session")
def migrated_package() -> str | None:
    """The package whose migrations are applied to `postgres_url`; None: an empty database."""
    return None


@pytest.fixture
def postgres_url(databases: Databases, migrated_package: str | None) -> Iterator[str]:
    """URL of a fresh database, dropped after the test."""
    with databases.fresh(migrated_package) as url:
        yield url


@pytest_asyncio.fixture
async def make_bus(request: pytest.FixtureRequest) -> AsyncIterator[MakeBus]:
    """Open buses on `kafka_address`, or on another address."""
    async with AsyncExitStack() as stack:

        async def make(
            *,
            source: str = "test",
            address: str | None = None,
            limits: Limits = TEST_LIMITS,
            clock: Clock | None = None,
        ) -> Bus:
            where = address or request.getfixturevalue("kafka_address")
            bus = open_bus(where, source=source, clock=clock or SystemClock(), limits=limits)
            return await stack.enter_async_context(bus)

        yield make


@pytest_asyncio.fixture
async def new_topic(request: pytest.FixtureRequest) -> NewTopic:
    """Create fresh topics on `kafka_address`, or on another address."""

    async def create(
        *, kind: TopicType = "fact", partitions: int = 1, address: str | None = None
    ) -> str:
        where = address or request.getfixturevalue("kafka_address")
        name = f"test.{uuid.uuid4().hex}.v1"
        await ensure_topics(where, [TopicSpec(name, partitions=partitions, kind=kind)])
        return name

    return create


@pytest.fixture
def manual_clock() -> ManualClock:
    """A clock that only the test advances."""
    return ManualClock(datetime(2026, 3, 2, 8, 0, tzinfo=UTC))


class ServeApp(Protocol):
    """Serves an ASGI application until the test ends; returns its address."""

    def __call__(self, app: ASGIApp) -> Awaitable[str]: ...


@asynccontextmanager
async def http_servers() -> AsyncIterator[ServeApp]:
    """Serves applications until the context ends; for fixtures that outlast a test."""
    async with AsyncExitStack() as stack:

        async def stop(server: HttpServer, serving: "asyncio.Task[None]") -> None:
            server.abandon()
            await serving

        async def serve(app: ASGIApp) -> str:
            server = HttpServer(app, listen("127.0.0.1", 0), grace_seconds=1.0)
            stack.push_async_callback(stop, server, asyncio.create_task(server.serve()))
            return server.address

        yield serve


@pytest_asyncio.fixture
async def serve_app() -> AsyncIterator[ServeApp]:
    """`await serve_app(app)`: a real server, as a service starts it, on a free port."""
    async with http_servers() as serve:
        yield serve
