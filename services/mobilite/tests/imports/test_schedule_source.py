"""Schedules brought to disk, from a real server that behaves in every way, and from local paths."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from cities import LINE, write_zip

from mobilite.feeds.domain.feed import Feed
from mobilite.gtfs.domain.ids import FeedId
from mobilite.imports.adapters.schedule_source import ScheduleSource
from mobilite.sources.adapters.operator_http import HttpLimits
from mobilite.sources.ports import SourceFault

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
LIMITS = HttpLimits(connect=30, read=30, total=60, max_bytes=1000, redirects=2)
"""Its times are long: a busy machine must not answer too late by chance."""
SHORT = replace(LIMITS, read=0.3, total=1.5)


@asynccontextmanager
async def served(
    answer: Answer, folder: Path, limits: HttpLimits = LIMITS
) -> AsyncIterator[tuple[ScheduleSource, Feed]]:
    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/gtfs.zip?key=secret"
    async with aiohttp.ClientSession() as session:
        yield ScheduleSource(session, folder, limits), feed(url)
    await runner.cleanup()


def feed(gtfs: str) -> Feed:
    return Feed(FeedId("f"), "Réseau", gtfs)


async def fault(answer: Answer, folder: Path, limits: HttpLimits = LIMITS) -> SourceFault:
    async with served(answer, folder, limits) as (source, feed):
        with pytest.raises(SourceFault) as raised:
            async with source.fetch(feed, None):
                pass
    assert list(folder.iterdir()) == []
    assert "secret" not in raised.value.message
    return raised.value


async def test_a_download_lasts_as_long_as_it_is_packed(tmp_path: Path) -> None:
    requested: list[str | None] = []

    async def answer(request: web.Request) -> web.Response:
        requested.append(request.headers.get("If-None-Match"))
        if requested[-1] == '"1"':
            return web.Response(status=304)
        return web.Response(body=b"zip", headers={"ETag": '"1"'})

    async with served(answer, tmp_path) as (source, feed):
        async with source.fetch(feed, None) as fetched:
            assert fetched is not None
            assert fetched.path.read_bytes() == b"zip"
            tag = fetched.tag
        assert list(tmp_path.iterdir()) == []
        async with source.fetch(feed, tag) as again:
            assert again is None
        async with source.fetch(
            Feed(feed.id, feed.name, feed.gtfs.replace("gtfs.zip", "new.zip")), tag
        ) as elsewhere:
            assert elsewhere is not None
    assert requested == [None, '"1"', None]


async def test_the_same_content_under_a_new_name_is_known(tmp_path: Path) -> None:
    answers = iter(["1", "2"])

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=b"zip", headers={"ETag": f'"{next(answers)}"'})

    async with served(answer, tmp_path) as (source, feed):
        async with source.fetch(feed, None) as fetched:
            assert fetched is not None
        async with source.fetch(feed, fetched.tag) as again:
            assert again is None


async def test_a_compressed_answer_is_unfolded_within_the_limit(tmp_path: Path) -> None:
    large, small = (gzip.compress(b"0" * size) for size in (50_000_000, 900))

    async def answer(request: web.Request) -> web.Response:
        body = small if "small" in request.path else large
        return web.Response(body=body, headers={"Content-Encoding": "gzip"})

    async with (
        served(answer, tmp_path) as (source, declared),
        source.fetch(feed(declared.gtfs.replace("gtfs.zip", "small.zip")), None) as one,
    ):
        assert one is not None
        assert one.path.stat().st_size == 900
    assert (await fault(answer, tmp_path)).code == "too_large"


async def test_what_servers_do_wrong_is_reported(tmp_path: Path) -> None:
    async def missing(request: web.Request) -> web.Response:
        return web.Response(status=404)

    async def hanging(request: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"0" * 100)
            await asyncio.sleep(0.2)

    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "500"})
        await response.prepare(request)
        await response.write(b"PK")
        assert request.transport is not None
        request.transport.close()
        return response

    async def circling(request: web.Request) -> web.Response:
        raise web.HTTPFound("/again")

    for answer, code, limits in [
        (missing, "http_status", LIMITS),
        (hanging, "timeout", SHORT),
        (endless, "timeout", SHORT),
        (cut, "truncated", LIMITS),
        (circling, "redirects", LIMITS),
    ]:
        assert (await fault(answer, tmp_path, limits)).code == code


async def test_no_one_listening_is_reported(tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as session:
        source = ScheduleSource(session, tmp_path, LIMITS)
        with pytest.raises(SourceFault, match="injoignable"):
            async with source.fetch(feed("http://127.0.0.1:1/gtfs.zip"), None):
                pass


@pytest.mark.parametrize("variant", ["zip", "folder"])
async def test_a_local_feed_is_read_where_it_lies(tmp_path: Path, variant: str) -> None:
    path = tmp_path / variant
    stops = path / "stops.txt" if variant == "folder" else path
    if variant == "folder":
        path.mkdir()
        for name, text in LINE.items():
            (path / name).write_text(text)
    else:
        write_zip(path, LINE)
    async with aiohttp.ClientSession() as session:
        source = ScheduleSource(session, tmp_path / "downloads", LIMITS)
        stamp = source.stamp(feed(str(path)))
        async with source.fetch(feed(str(path)), None) as fetched:
            assert fetched is not None
            assert fetched.path == path
        async with source.fetch(feed(str(path)), fetched.tag) as again:
            assert again is None
        stops.write_bytes(stops.read_bytes() + b"\n")
        assert source.stamp(feed(str(path))) != stamp
        async with source.fetch(feed(str(path)), fetched.tag) as changed:
            assert changed is not None
        with pytest.raises(SourceFault, match=f"^{tmp_path.name}/rien.zip n'existe pas"):
            async with source.fetch(feed(str(tmp_path / "rien.zip")), None):
                pass


async def test_a_judgement_by_other_rules_counts_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_zip(tmp_path / "gtfs.zip", LINE)
    async with aiohttp.ClientSession() as session:
        source = ScheduleSource(session, tmp_path / "downloads", LIMITS)
        async with source.fetch(feed(str(path)), None) as fetched:
            assert fetched is not None
        monkeypatch.setattr("mobilite.imports.adapters.schedule_source.PACKING_VERSION", 0)
        async with source.fetch(feed(str(path)), fetched.tag) as again:
            assert again is not None
