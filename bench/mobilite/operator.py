"""An operator simulated by the benchmark: one large network, and a message it changes.

Its addresses are this process's own, so that the benchmark knows when each message was written and
when the poll fetched it. The instants of the messages are the platform's.
"""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web

from bench.measuring.running import UNVERIFIED_CALLERS, Demo, demo
from bench.mobilite.messages import Message, demo_archive, demo_timetable, noon, trip_updates
from embedded.ports import free_port
from mobilite.timetable.domain.timetable import Timetable

FEED = "tao"
AHEAD = timedelta(minutes=90)


@dataclass(slots=True)
class Operator:
    """`written`, `fetched`: by version of the message, perf_counter's seconds."""

    timetable: Timetable
    archive: bytes
    port: int
    started: datetime
    at: datetime  # the platform's instant at `started`
    message: Message | None = None
    version: int = 0
    written: dict[int, float] = field(default_factory=dict)
    fetched: dict[int, float] = field(default_factory=dict)

    def now(self) -> datetime:
        """The platform's instant, a moment ago: it must not lie ahead."""
        return self.at + (datetime.now(UTC) - self.started) - timedelta(seconds=3)

    def write(self, *, late: int, of: float) -> Message:
        """Publish a new message: the share `of` the running trips is that late."""
        message = trip_updates(
            self.timetable, self.now(), most=10**9, late=late, of=of, within=AHEAD
        )
        self.message, self.version = message, self.version + 1
        self.written[self.version] = time.perf_counter()
        return message

    def application(self) -> web.Application:
        """What the operator serves."""
        app = web.Application()
        app.router.add_get("/gtfs.zip", self._gtfs)
        app.router.add_get("/rt.pb", self._real_time)
        return app

    async def _gtfs(self, request: web.Request) -> web.Response:
        return web.Response(body=self.archive, content_type="application/zip")

    async def _real_time(self, request: web.Request) -> web.Response:
        tag = f'"{self.version}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        assert self.message is not None
        self.fetched.setdefault(self.version, time.perf_counter())
        return web.Response(body=self.message.body, headers={"ETag": tag})


@asynccontextmanager
async def operator(scale: int) -> AsyncIterator[Operator]:
    """The operator, answering. Its network is the largest of the demo region, grown by `scale`."""
    at = noon(datetime.now(UTC).date())
    made = Operator(
        demo_timetable(FEED, scale, at.date()),
        demo_archive(FEED, scale, at.date()),
        free_port(),
        datetime.now(UTC),
        at,
    )
    made.write(late=0, of=0)
    runner = web.AppRunner(made.application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", made.port).start()
    try:
        yield made
    finally:
        await runner.cleanup()


@contextmanager
def house_of(played: Operator, folder: Path, *options: str) -> Iterator[Demo]:
    """An installation with only that operator, polled four times a second."""
    feeds = folder / "feeds.toml"
    address = f"http://127.0.0.1:{played.port}"
    feeds.write_text(
        f'[[feed]]\nid = "{FEED}"\nname = "{FEED}"\ngtfs = "{address}/gtfs.zip"\n'
        f'gtfs_rt = ["{address}/rt.pb"]\n'
    )
    played.started = datetime.now(UTC)
    words = ("--feeds", str(feeds), "--at", played.at.isoformat(), *options)
    settings = {"MOBILITE_POLL_SECONDS": "0.25", **UNVERIFIED_CALLERS}
    with demo(folder / "house", *words, settings=settings) as house:
        yield house
