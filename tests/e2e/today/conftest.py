"""The demo that the tests of this folder share, and the servers it was given."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from living_pilots import until_people_take_part
from running_demo import Launcher, shared_demo

from socle.testing import Server


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the demo's broker and PostgreSQL answer."""

    kafka: str
    postgres: str


@pytest.fixture(scope="package")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    broker, postgres = (
        Server(name, tmp_path_factory.mktemp("today") / name) for name in ("broker", "postgres")
    )
    with ExitStack() as stack:
        for server in (broker, postgres):
            server.start()
            stack.callback(server.stop)
        yield Servers(broker.address, postgres.address)


@pytest.fixture(scope="package")
def launcher(tmp_path_factory: pytest.TempPathFactory, servers: Servers) -> Iterator[Launcher]:
    options = ("--kafka", servers.kafka, "--postgres", servers.postgres)
    with shared_demo(tmp_path_factory.mktemp("today") / "demo", *options) as launcher:
        # Before it, tests would write among the pilots that are being rehearsed.
        asyncio.run(until_people_take_part(launcher.data))
        yield launcher
