"""The operator's server, started as the launcher starts it and asked as a poller asks it."""

import asyncio
import json
import sys
import tomllib
from pathlib import Path

import aiohttp
from google.transit import gtfs_realtime_pb2 as rt


async def test_it_serves_what_its_feeds_file_lists(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "demo", "operator", "--data", str(tmp_path))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        ready = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
        feed = tomllib.loads(Path(ready["feeds"]).read_text())["feed"][0]
        async with aiohttp.ClientSession() as client:
            async with client.get(feed["gtfs"]) as answer:
                assert (await answer.read()).startswith(b"PK")
                etag = answer.headers["ETag"]
            async with client.get(feed["gtfs"], headers={"If-None-Match": etag}) as answer:
                assert answer.status == 304
            async with client.get(feed["gtfs_rt"][0]) as answer:
                assert rt.FeedMessage.FromString(await answer.read()).header.timestamp > 0
    finally:
        process.terminate()
        assert await process.wait() == 0
