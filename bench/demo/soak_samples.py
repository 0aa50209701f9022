"""The samples of a soak, every few seconds: memory, disk, matches, responses."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import aiohttp
from google.transit import gtfs_realtime_pb2

from bench.measuring.processes import Memory, memory_of

_API = "/mobilite/v1"
_MERGED = tuple(
    f"{_API}/gtfs-rt/{feed_type}.pb"
    for feed_type in ("trip-updates", "vehicle-positions", "alerts")
)


@dataclass(frozen=True, slots=True)
class Sample:
    """The state of the platform at one instant of the soak."""

    at: float
    """Real seconds since the start of the soak."""
    platform_time: str
    """The instant of the platform's clock (RFC 3339)."""
    memory: dict[str, Memory]
    """By name of the program."""
    disk: dict[str, float]
    """Megabytes by topic or folder."""
    counts: Counter[str]
    """Trip updates, alerts and vehicles by outcome (matched, unmatched…), over all feeds."""
    failing: tuple[str, ...]
    """Real-time addresses that cannot be read now, as `<feed id>:<index>`."""


async def take_sample(
    session: aiohttp.ClientSession, launcher: int, data: Path, started: float
) -> Sample:
    """Sample the platform now.

    `launcher`: the process id of `regionlab demo`. `data`: its data folder. `started`: the
    performance counter at the start of the soak. Raises aiohttp.ClientError or TimeoutError if the
    platform does not answer.
    """
    async with session.get(f"{_API}/feeds") as answer:
        answer.raise_for_status()
        feeds = await answer.json()
    counts, failing = _counts(feeds)
    memory, disk = await asyncio.to_thread(lambda: (memory_of(launcher), _disk(data)))
    return Sample(
        time.perf_counter() - started, feeds["generated_at"], memory, disk, counts, failing
    )


def _counts(feeds: Any) -> tuple[Counter[str], tuple[str, ...]]:
    counts: Counter[str] = Counter()
    failing = []
    for feed in feeds["feeds"]:
        for source in feed["real_time"]:
            for name in ("matched", "added", "unmatched", "mismatched", "misassigned", "alerts"):
                counts[name] += source[name]
            vehicles = source["vehicles"] or {}
            counts["vehicles"] += vehicles.get("matched", 0)
            counts["vehicles unmatched"] += vehicles.get("unmatched", 0)
            if source["state"] == "failing":
                failing.append(f"{feed['id']}:{source['index']}")
    return counts, tuple(failing)


def _disk(data: Path) -> dict[str, float]:
    topics = data / "broker" / "topics"
    folders = {f"topic {each.name}": each for each in topics.glob("*") if each.is_dir()}
    folders |= {"archive": data / "mobilite" / "archive", "logs": data / "logs"}
    folders |= {"postgres": data / "postgres", "packed timetables": data / "mobilite"}
    sizes = {name: _bytes(folder) / 1e6 for name, folder in folders.items()}
    sizes["packed timetables"] -= sizes["archive"]
    return sizes


def _bytes(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return total


@dataclass(slots=True)
class Load:
    """A few requests per second to pages and to the API, and their results.

    The merged GTFS-Realtime feeds are requested too; their timestamps must not go back.
    """

    paths: list[str]
    """Requested in turn, with the merged feeds."""
    rate: float
    """Requests per second."""
    times: list[float] = field(default_factory=list)
    """Seconds from each request to its complete response."""
    problems: Counter[str] = field(default_factory=Counter)
    """Failures, by description and path."""
    _merged_at: dict[str, int] = field(default_factory=dict)
    """The timestamp of the last message of each merged feed, by path."""

    async def run(self, session: aiohttp.ClientSession) -> None:
        """Send requests until cancelled. They overlap: a slow one does not delay the next."""
        async with asyncio.TaskGroup() as group:
            for path in cycle([*self.paths, *_MERGED]):
                group.create_task(self._request(session, path))
                await asyncio.sleep(1 / self.rate)

    async def _request(self, session: aiohttp.ClientSession, path: str) -> None:
        started = time.perf_counter()
        try:
            async with session.get(path) as answer:
                content = await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            self.problems[f"{type(error).__name__} {path}"] += 1
            return
        self.times.append(time.perf_counter() - started)
        if answer.status != 200:
            self.problems[f"{answer.status} {path}"] += 1
        elif path in _MERGED:
            message = gtfs_realtime_pb2.FeedMessage.FromString(content)
            # Requests overlap, so a response can also be older because a later one overtook it.
            if message.header.timestamp < self._merged_at.get(path, 0):
                self.problems[f"went back {path}"] += 1
            self._merged_at[path] = message.header.timestamp
