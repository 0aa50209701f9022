"""Home and documentation: light, in French, and without anything from outside."""

import gzip
import re

import aiohttp
import pytest
from gateway_world import World

OUTSIDE = re.compile(r"""(?:src|href)=["']?(?:https?:)?//""")


@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_a_page_needs_nothing_from_outside(
    world: World, client: aiohttp.ClientSession, path: str
) -> None:
    gateway = await world.gateway("http://127.0.0.1:9")
    async with client.get(gateway.address + path) as answer:
        page = await answer.text()
        policy = answer.headers["content-security-policy"]
        assert answer.status == 200
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers.getall("content-security-policy") == [policy]
    assert '<html lang="fr">' in page
    assert not OUTSIDE.search(page)
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert "unsafe" not in policy


async def test_every_file_of_the_documentation_is_here(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await world.gateway("http://127.0.0.1:9")
    async with client.get(gateway.address + "/docs") as answer:
        page = await answer.text()
    files = re.findall(r'(?:src|href)="(/docs/[^"]+)"', page)
    assert len(files) == 4
    for file in files:
        identity = {"Accept-Encoding": "identity"}
        async with client.get(gateway.address + file, headers=identity) as answer:
            assert answer.status == 200, file
            plain = await answer.read()
        headers = {"Accept-Encoding": "gzip"}
        async with client.get(gateway.address + file, headers=headers) as answer:
            body = await answer.read()
            if answer.headers.get("content-encoding") == "gzip":
                assert gzip.decompress(body) == plain
            else:
                assert body == plain


async def test_a_file_that_is_not_of_the_documentation_is_not_found(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await world.gateway("http://127.0.0.1:9")
    for name in ("redoc.standalone.js", "..%2F__init__.py", "x"):
        async with client.get(f"{gateway.address}/docs/{name}") as answer:
            assert answer.status == 404
