"""The exports over HTTP, from the first request to the next version."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from netex_reader import NetexReader
from region import REMI, Region, small_region

from mobilite.netex.adapters.netex_worker import PROGRAM
from mobilite.netex.api.netex import PREFIX, netex_router
from mobilite.netex.flows.netex_exports import NetexExports
from mobilite.open_data.adapters.merged_shelf import MergedScheduleFolder
from socle.errors import Refusal
from socle.http import make_app
from socle.testing import ServeApp, until

PATIENCE = 60.0


def open_exports(region: Region, patience: float = PATIENCE) -> NetexExports:
    return NetexExports(
        region.city.live,
        lambda name: MergedScheduleFolder(
            region.folder / "netex" / name, packed=region.folder, program=PROGRAM
        ),
        serving=lambda: region.serving,
        publisher=("Région Lab", "https://www.example.org"),
        patience=patience,
    )


@pytest.fixture
def region(tmp_path: Path) -> Region:
    return small_region(tmp_path)


@pytest_asyncio.fixture
async def exports(region: Region) -> AsyncIterator[NetexExports]:
    exports = open_exports(region)
    task = asyncio.create_task(exports.run())
    yield exports
    task.cancel()
    await asyncio.wait([task])


@pytest_asyncio.fixture
async def address(region: Region, exports: NetexExports, serve_app: ServeApp) -> str:
    app = make_app("Mobilité", service="mobilite", clock=region.clock)
    netex_router(exports, region.city.live).add_to(app, prefix=PREFIX)
    return await serve_app(app)


async def test_an_export_is_made_at_its_first_request_and_listed(address: str) -> None:
    async with aiohttp.ClientSession() as client:
        async with client.get(f"{address}/netex/") as answer:
            listed = (await answer.json())["exports"]
        assert [each["name"] for each in listed] == ["region", "remi", "tao"]
        assert {each["bytes"] for each in listed} == {None}
        async with client.get(f"{address}/netex/region.zip") as answer:
            assert answer.status == 200, await answer.text()
            body, tag = await answer.read(), answer.headers["etag"]
            assert 'rel="describedby"' in answer.headers["link"]
        with zipfile.ZipFile(io.BytesIO(body)) as zipped:
            read = {name: NetexReader(zipped.read(name)) for name in zipped.namelist()}
        assert [len(list(read[name].journeys())) for name in ("remi.xml", "tao.xml")] == [1, 15]
        async with client.get(f"{address}/netex/") as answer:
            region = (await answer.json())["exports"][0]
        assert (region["address"], region["etag"], region["bytes"]) == (
            "/netex/region.zip",
            tag,
            len(body),
        )
        headers = {"if-none-match": tag}
        async with client.get(f"{address}/netex/region.zip", headers=headers) as answer:
            assert answer.status == 304
        headers = {"range": "bytes=0-3", "if-range": tag}
        async with client.get(f"{address}/netex/region.zip", headers=headers) as answer:
            assert (answer.status, await answer.read()) == (206, b"PK\x03\x04")
        async with client.head(f"{address}/netex/region.zip") as answer:
            assert (answer.status, answer.headers["content-length"]) == (200, str(len(body)))
        async with client.get(f"{address}/netex/inconnu.zip") as answer:
            assert answer.status == 404


async def test_a_requested_export_follows_its_feed_also_after_a_restart(region: Region) -> None:
    first = open_exports(region)
    task = asyncio.create_task(first.run())
    former, _ = await first.get("remi")
    task.cancel()
    await asyncio.wait([task])
    region.add("remi", {**REMI, "agency.txt": REMI["agency.txt"].replace("Rémi", "Rémi 2")})
    restarted = open_exports(region)
    task = asyncio.create_task(restarted.run())
    assert (await restarted.get("remi"))[0].version  # the former one is served meanwhile
    await until(lambda: restarted.list_exports()[1].file not in (None, former))
    assert [each.name for each in restarted.list_exports() if each.file] == ["remi"]
    task.cancel()
    await asyncio.wait([task])


async def test_the_first_request_of_an_export_that_takes_long_is_refused(
    region: Region,
) -> None:
    with pytest.raises(Refusal, match="préparation") as raised:
        await open_exports(region, patience=0.0).get("tao")
    assert raised.value.category == "unavailable"
    with pytest.raises(Refusal, match="n'existe pas"):
        await open_exports(region).get("../merged")
