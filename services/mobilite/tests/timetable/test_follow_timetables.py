"""A replica's cache against a server that lies, hangs up and comes back."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from cities import LINE, timetable_from_text

from mobilite.events import ImportAttempt, TimetableV1
from mobilite.gtfs.domain.ids import FeedId
from mobilite.sources.ports import SourceFault
from mobilite.timetable.adapters.packed_file import PackedFile, write_packed
from mobilite.timetable.adapters.packed_folders import TimetableCache
from mobilite.timetable.domain.timetable import Timetable
from mobilite.timetable.flows.follow_timetables import TimetableFollower
from socle.clock import SystemClock
from socle.events import Position, Received
from socle.testing import until


class Importer:
    """Serves packed files, in one of several moods."""

    def __init__(self, packed: PackedFile) -> None:
        self.packed = packed
        self.mood = "good"
        self.requested = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requested += 1
        content = self.packed.path.read_bytes()
        if self.mood == "gone":
            return web.Response(status=404)
        if self.mood == "lying":
            content = content[:-1] + b"!"
        if self.mood == "cut":
            response = web.StreamResponse(headers={"Content-Length": str(len(content))})
            await response.prepare(request)
            await response.write(content[:100])
            assert request.transport is not None
            request.transport.close()
            return response
        return web.Response(body=content)


@pytest.fixture
async def importer(tmp_path: Path):
    packed = write_packed(timetable_from_text(LINE), tmp_path / "shelf")
    importer = Importer(packed)
    app = web.Application()
    app.router.add_get("/{sha256}", importer.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    importer.address = f"http://127.0.0.1:{runner.addresses[0][1]}/{packed.sha256}"
    yield importer
    await runner.cleanup()


@pytest.fixture
async def cache(tmp_path: Path):
    async with aiohttp.ClientSession() as session:
        yield TimetableCache(tmp_path / "cache", session)


@pytest.mark.parametrize(
    ("mood", "code"), [("gone", "http_status"), ("lying", "checksum"), ("cut", "truncated")]
)
async def test_a_bad_answer_leaves_nothing_behind(
    importer: Importer, cache: TimetableCache, tmp_path: Path, mood: str, code: str
) -> None:
    importer.mood = mood
    with pytest.raises(SourceFault) as raised:
        await cache.obtain(importer.packed.sha256, importer.address)
    assert raised.value.code == code
    assert list((tmp_path / "cache").iterdir()) == []


async def test_a_file_is_fetched_once_and_again_when_it_rots(
    importer: Importer, cache: TimetableCache, tmp_path: Path
) -> None:
    sha256 = importer.packed.sha256
    for _ in range(2):
        assert len((await cache.obtain(sha256, importer.address)).stop_ids) == 4
    assert importer.requested == 1
    retained = tmp_path / "cache" / f"{sha256}.timetable"
    retained.write_bytes(retained.read_bytes()[:-1] + b"!")
    assert len((await cache.obtain(sha256, importer.address)).stop_ids) == 4
    assert importer.requested == 2
    await cache.remove_others(frozenset())
    assert list((tmp_path / "cache").iterdir()) == []


async def test_a_replica_is_ready_when_the_importer_is_back(
    importer: Importer, cache: TimetableCache
) -> None:
    serving: list[Timetable] = []

    async def serve(timetable: Timetable) -> None:
        serving.append(timetable)

    follower = TimetableFollower(
        cache, serve=serve, withdraw=lambda feed_id: None, clock=SystemClock()
    )
    importer.mood = "gone"
    task = asyncio.create_task(follower.run())
    follower.follow([_announced(importer)])
    await until(lambda: "404" in (follower.why_not() or ""))
    importer.mood = "good"
    await until(lambda: follower.why_not() is None)
    assert [timetable.feed_id for timetable in serving] == [FeedId("f")]

    # The same version announced again (another attempt) maps nothing anew.
    follower.follow([_announced(importer)])
    await asyncio.sleep(0.05)
    assert len(serving) == 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _announced(importer: Importer) -> Received[TimetableV1]:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    event = TimetableV1(
        feed_id="f",
        name="Réseau",
        sha256=importer.packed.sha256,
        address=importer.address,
        last_attempt=ImportAttempt(at=now, outcome="imported"),
    )
    position = Position(TimetableV1.topic, 0, 0)
    return Received("1", "mobilite", now, event.key(), event, None, position)
