"""The documentation, and what is said in a browser when the door must refuse: in French, and
without anything from outside."""

import gzip
import re

import aiohttp
import pytest
from gateway_world import World

from gateway.routes.domain.route_table import TABLE

OUTSIDE = re.compile(r"""(?:src|href)=["']?(?:https?:)?//""")


BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("path", "status"),
    [("/docs", 200), ("/nowhere", 404), ("/", 503), (f"/?q={'x' * 10_000}", 414)],
)
async def test_a_page_needs_nothing_from_outside(
    world: World, client: aiohttp.ClientSession, path: str, status: int
) -> None:
    gateway = await world.gateway("http://127.0.0.1:9", routes=TABLE)
    async with client.get(gateway.address + path, headers=BROWSER) as answer:
        page = await answer.text()
        policy = answer.headers["content-security-policy"]
        assert answer.status == status
        assert answer.headers["content-type"].startswith("text/html")
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


async def test_a_refusal_in_a_browser_explains_itself_and_links_on(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await world.gateway("http://127.0.0.1:9", routes=TABLE)
    async with client.get(gateway.address + "/arrets/tao:gare", headers=BROWSER) as answer:
        page, request_id = await answer.text(), answer.headers["x-request-id"]
        assert answer.headers["retry-after"] == "2"
    assert "momentanément injoignable" in page
    assert '<a href="/">' in page
    assert request_id in page
    async with client.head(gateway.address + "/", headers=BROWSER) as answer:
        assert answer.status == 503
        assert await answer.read() == b""


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/mobilite/v1/stops", BROWSER["Accept"]),
        ("/arrets/tao:gare/flux", BROWSER["Accept"]),
        ("/", "*/*"),
        ("/", "application/json"),
        ("/nowhere", "*/*"),
    ],
)
async def test_programs_receive_the_problem_itself(
    world: World, client: aiohttp.ClientSession, path: str, accept: str
) -> None:
    gateway = await world.gateway("http://127.0.0.1:9", routes=TABLE)
    async with client.get(gateway.address + path, headers={"Accept": accept}) as answer:
        assert answer.headers["content-type"] == "application/problem+json"
        assert (await answer.json(content_type=None))["detail"]
