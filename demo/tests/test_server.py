"""The operators' server, started like the launcher does and requested like a poller does."""

import asyncio
import json
import os
import sys
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from google.transit import gtfs_realtime_pb2 as rt

AT = datetime(2026, 3, 3, 7, 50, tzinfo=UTC)
"""08:50 in Paris: azalys speaks again, agglobus' server is down."""


@asynccontextmanager
async def operators(folder: Path, at: datetime) -> AsyncIterator[tuple[list[Any], Any]]:
    """The feeds of a server with its clock started at `at`, and a client."""
    offset = at.timestamp() - datetime.now(UTC).timestamp()
    command = [sys.executable, "-m", "demo", "operators", "--data", str(folder)]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "REGIONLAB_CLOCK_OFFSET": repr(offset)},
    )
    try:
        assert process.stdout is not None
        ready = json.loads(await asyncio.wait_for(process.stdout.readline(), 120))
        feeds = tomllib.loads(Path(ready["feeds"]).read_text())["feed"]
        assert (folder / "streets.osm.pbf").is_file()
        assert (folder / "addresses.csv").is_file()
        assert (folder / "car_parks.csv").is_file()
        async with aiohttp.ClientSession() as client:
            yield feeds, client
    finally:
        process.terminate()
        assert await process.wait() == 0


async def test_it_serves_what_its_feeds_file_lists(tmp_path: Path) -> None:
    async with operators(tmp_path, AT) as (feeds, client):
        assert {feed["id"] for feed in feeds} >= {"sncf", "remi", "tao", "filbleu", "azalys"}
        responses = {}
        for feed in feeds:
            async with client.get(feed["gtfs"]) as answer:
                assert (await answer.read()).startswith(b"PK")
                etag = answer.headers["ETag"]
            async with client.get(feed["gtfs"], headers={"If-None-Match": etag}) as answer:
                assert answer.status == 304
            for address in feed["gtfs_rt"]:
                async with client.get(address) as answer:
                    if feed["id"] == "agglobus":
                        assert answer.status == 503
                        continue
                    message = rt.FeedMessage.FromString(await answer.read())
                    assert abs(message.header.timestamp - AT.timestamp()) < 60
                responses.setdefault(feed["id"], set()).update(
                    name
                    for name in ("trip_update", "vehicle", "alert")
                    if any(entity.HasField(name) for entity in message.entity)
                )
        assert responses["tao"] == {"trip_update", "vehicle", "alert"}
        assert responses["remi"] - {"vehicle"} == {"alert"}


async def test_shared_vehicles_are_found_from_their_first_file(tmp_path: Path) -> None:
    async with operators(tmp_path, AT) as (feeds, client):
        addresses = {feed["id"]: feed["gbfs"] for feed in feeds if "gbfs" in feed}
        assert addresses.keys() == {"tao", "agglobus"}
        for name, version in (("tao", "3.0"), ("agglobus", "2.3")):
            first = addresses[name]
            async with client.get(first) as answer:
                found = await answer.json()
            assert found["version"] == version
            listed = found["data"]["feeds" if version == "3.0" else "fr"]
            for file in listed if version == "3.0" else listed["feeds"]:
                async with client.get(file["url"]) as answer:
                    assert answer.status == 200
                    assert (await answer.json())["version"] == version


async def test_what_is_not_published_is_not_found(tmp_path: Path) -> None:
    async with operators(tmp_path, AT) as (feeds, client):
        root = feeds[0]["gtfs"].rpartition("/sncf")[0]
        for path in ("/remi/trip-updates.pb", "/sncf/gbfs/gbfs.json", "/tao/gbfs/x.json", "/x.pb"):
            async with client.get(root + path) as answer:
                assert answer.status == 404
