"""An operator simulated by the benchmark: one large network, and its GTFS-Realtime message.

This process serves both, so that the benchmark knows when each message was written and when the
poll fetched it. The instants of the messages are the platform's.
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
"""Messages contain the runs under way at most that long before or after their instant."""


_MARGIN = timedelta(seconds=3)


@dataclass(slots=True)
class Operator:
    """A simulated operator: its schedule, and the message it publishes."""

    timetable: Timetable
    archive: bytes
    """Its GTFS zip."""
    port: int
    """Where this process serves it."""
    started: datetime
    """The real instant at which the platform was started."""
    at: datetime
    """The platform's instant at `started`."""
    message: Message | None = None
    """The current message."""
    version: int = 0
    """How many messages were written; the version of the current one."""
    written: dict[int, float] = field(default_factory=dict)
    """When each version was written, by the performance counter."""
    fetched: dict[int, float] = field(default_factory=dict)
    """When each version was first fetched, by the performance counter."""

    def now(self) -> datetime:
        """The platform's instant, less a margin: a message from the future would be refused."""
        return self.at + (datetime.now(UTC) - self.started) - _MARGIN

    def write(self, *, late: int, of: float) -> Message:
        """Publish a new message. `late`: seconds of delay of the share `of` the current runs."""
        message = trip_updates(
            self.timetable, self.now(), most=10**9, late=late, of=of, within=AHEAD
        )
        self.message, self.version = message, self.version + 1
        self.written[self.version] = time.perf_counter()
        return message

    def application(self) -> web.Application:
        """The HTTP application with the schedule and the message."""
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
    """A simulated operator, served until the end of the context.

    Its network is the largest of the demo region of that scale.
    """
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
def demo_of_operator(simulated: Operator, folder: Path, *options: str) -> Iterator[Demo]:
    """Run a demo with only that operator, polled four times per second.

    `folder`: for its configuration and data. `options`: of `regionlab demo`.
    """
    feeds = folder / "feeds.toml"
    address = f"http://127.0.0.1:{simulated.port}"
    feeds.write_text(
        f'[[feed]]\nid = "{FEED}"\nname = "{FEED}"\ngtfs = "{address}/gtfs.zip"\n'
        f'gtfs_rt = ["{address}/rt.pb"]\n'
    )
    simulated.started = datetime.now(UTC)
    words = ("--feeds", str(feeds), "--at", simulated.at.isoformat(), *options)
    settings = {"MOBILITE_POLL_SECONDS": "0.25", **UNVERIFIED_CALLERS}
    with demo(folder / "house", *words, settings=settings) as platform:
        yield platform
