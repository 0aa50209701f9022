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
    """One look; `at`: seconds since the soak began, `told_at`: the platform's own instant."""

    at: float
    platform_time: str
    memory: dict[str, Memory]
    disk: dict[str, float]  # MB, by topic and folder
    counts: Counter[str]  # matched, unmatched… over all feeds
    failing: tuple[str, ...]  # addresses that cannot be read now


async def look(session: aiohttp.ClientSession, launcher: int, data: Path, started: float) -> Sample:
    """Raises aiohttp.ClientError, TimeoutError where the platform does not answer."""
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
    """A few requests a second, of pages and of the API; merged feeds must not go back in time."""

    paths: list[str]
    rate: float
    times: list[float] = field(default_factory=list)
    problems: Counter[str] = field(default_factory=Counter)
    _merged_at: dict[str, int] = field(default_factory=dict)

    async def run(self, session: aiohttp.ClientSession) -> None:
        """Until cancelled. Requests overlap: a slow one does not hold the next."""
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
            # Answers may overtake each other by as much as a request takes.
            if message.header.timestamp < self._merged_at.get(path, 0):
                self.problems[f"went back {path}"] += 1
            self._merged_at[path] = message.header.timestamp
