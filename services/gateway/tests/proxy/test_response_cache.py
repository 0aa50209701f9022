"""The cache of public responses, in front of a service that counts its requests."""

import asyncio
import gzip
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from gateway_world import ECHO, Gateway, World

from gateway.callers.domain.access import OPEN
from gateway.proxy.domain.http_cache import CachedResponse, CacheStore, CacheTerms, terms_of
from gateway.routes.domain.routes import Limits, Route, RouteTable
from socle.http import Receive, Scope, Send
from socle.testing import until

BODY = b'{"generated_at":"2026-03-02T07:30:00+01:00","departures":[' + b'"x",' * 800 + b'"x"]}'
TABLE = RouteTable(
    (
        Route("/kept/stream", ECHO, OPEN, plan_class="stream", streaming=True,
              limits=Limits(total=None)),
        Route("/kept/{rest...}", ECHO, OPEN, frozenset({"GET", "HEAD", "POST"}),
              plan_class="board", cacheable=True, limits=Limits(first_byte=5.0)),
        Route("/plain/{rest...}", ECHO, OPEN, plan_class="board"),
        Route("/fhir/{rest...}", ECHO, OPEN, plan_class="list"),
    )
)  # fmt: skip


@dataclass
class Board:
    """A service whose response the test changes, and which records its requests."""

    cache: str = "public, max-age=60"
    tag: str = 'W/"1"'
    vary: str = ""
    status: int = 200
    body: bytes = BODY
    held: asyncio.Event = field(default_factory=asyncio.Event)
    received: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.held.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.received.append(headers | {"method": scope["method"]})
        await self.held.wait()
        status = self.status
        if status == 200 and headers.get("if-none-match") == self.tag:
            status = 304
        body = b"" if status == 304 else self.body
        reported: Any = {"content-type": "application/json", "cache-control": self.cache}
        reported |= {"etag": self.tag, "vary": self.vary} if status in (200, 304) else {}
        if status != 304:
            reported["content-length"] = str(len(body))
        raw = [(name.encode(), value.encode()) for name, value in reported.items() if value]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})


async def front(world: World, board: Board, **more: Any) -> Gateway:
    address = await world.application(board)
    return await world.gateway(address, routes=TABLE, cache_bytes=1_000_000, **more)


@dataclass
class Seen:
    status: int
    headers: Any
    body: bytes


async def get(client: aiohttp.ClientSession, url: str, **headers: str) -> Seen:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.get(url, headers={"Accept-Encoding": "identity"} | named) as answer:
        return Seen(answer.status, answer.headers, await answer.read())


async def test_a_second_caller_gets_the_same_response_and_its_age(
    world: World, client: aiohttp.ClientSession
) -> None:
    board = Board()
    url = (await front(world, board)).address + "/kept/x"
    first, second = await get(client, url), await get(client, url)
    assert first.body == second.body == BODY
    assert len(board.received) == 1
    assert first.headers["cache-status"] == "regionlab; fwd=miss; stored"
    assert second.headers["cache-status"] == "regionlab; hit"
    assert second.headers["age"] == "0"
    assert second.headers["cache-control"] == board.cache
    async with client.head(url, headers={"Accept-Encoding": "identity"}) as answer:
        assert answer.status == 200
        assert answer.headers["content-length"] == str(len(BODY))
    assert len(board.received) == 1


async def test_it_is_given_in_the_form_each_takes(
    world: World, client: aiohttp.ClientSession
) -> None:
    board = Board()
    url = (await front(world, board)).address + "/kept/x"
    for _ in range(2):
        zipped = await get(client, url, Accept_Encoding="gzip")
        assert zipped.headers["content-encoding"] == "gzip"
        assert gzip.decompress(zipped.body) == BODY
        plain = await get(client, url, Accept_Encoding="identity")
        assert plain.body == BODY
        assert zipped.headers["vary"].lower() == plain.headers["vary"].lower() == "accept-encoding"
    known = await get(client, url, If_None_Match='"0", W/"1"')
    assert (known.status, known.body, known.headers["etag"]) == (304, b"", 'W/"1"')
    assert (await get(client, url, If_None_Match='"2"')).status == 200
    assert len(board.received) == 1


async def test_languages_are_cached_separately(world: World, client: aiohttp.ClientSession) -> None:
    board = Board(vary="accept-language")
    url = (await front(world, board)).address + "/kept/x"
    for language in ("fr", "en", "fr", "en"):
        await get(client, url, Accept_Language=language)
    assert [request["accept-language"] for request in board.received] == ["fr", "en"]


async def test_many_at_once_are_one_question(world: World, client: aiohttp.ClientSession) -> None:
    board = Board()
    board.held.clear()
    url = (await front(world, board)).address + "/kept/x"
    first = asyncio.create_task(get(client, url))
    await until(lambda: board.received)
    others = [asyncio.create_task(get(client, url)) for _ in range(30)]
    await asyncio.sleep(0.2)
    # The caller that started the request disconnects; the others still get the response.
    first.cancel()
    board.held.set()
    assert {each.body for each in await asyncio.gather(*others)} == {BODY}
    assert len(board.received) == 1


async def test_a_stale_response_is_revalidated(world: World, client: aiohttp.ClientSession) -> None:
    board = Board(cache="public, max-age=1")
    url = (await front(world, board)).address + "/kept/x"
    await get(client, url)

    async def requested_again() -> bool:
        assert (await get(client, url)).body == BODY
        return len(board.received) == 2

    await until(requested_again)
    assert board.received[1]["if-none-match"] == 'W/"1"'
    board.tag, board.body = 'W/"2"', b'{"new":true}'

    async def new() -> bool:
        return (await get(client, url)).body == board.body

    await until(new)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_stale_response_replaces_a_failure_with_a_warning(
    world: World, client: aiohttp.ClientSession, status: int
) -> None:
    board = Board(cache="public, max-age=1")
    url = (await front(world, board)).address + "/kept/x"
    await get(client, url)
    board.status = status

    async def past_its_time() -> bool:
        return "stale" in (await get(client, url)).headers["cache-status"]

    await until(past_its_time)
    seen = await get(client, url)
    assert (seen.status, seen.body) == (200, BODY)
    assert seen.headers["warning"] == '111 - "Revalidation Failed"'
    assert int(seen.headers["age"]) >= 1
    board.status, board.tag = 200, 'W/"2"'

    async def well() -> bool:
        seen = await get(client, url)
        return "warning" not in seen.headers and seen.headers["etag"] == 'W/"2"'

    await until(well)


async def test_a_hanging_service_is_not_waited_for_when_something_can_stand_in(
    world: World, client: aiohttp.ClientSession
) -> None:
    board = Board(cache="public, max-age=1")
    url = (await front(world, board)).address + "/kept/x"
    await get(client, url)
    await asyncio.sleep(1.0)
    board.held.clear()
    seen = await get(client, url)
    board.held.set()
    assert (seen.status, seen.body) == (200, BODY)
    assert "stale" in seen.headers["cache-status"]


@pytest.mark.parametrize(
    ("cache", "stale"), [("public, max-age=1, must-revalidate", 60.0), ("public, max-age=1", 0.0)]
)
async def test_responses_that_must_be_revalidated_are_not_served_stale(
    world: World, client: aiohttp.ClientSession, cache: str, stale: float
) -> None:
    board = Board(cache=cache)
    url = (await front(world, board, stale=stale)).address + "/kept/x"
    await get(client, url)
    board.status = 503

    async def refused() -> bool:
        return (await get(client, url)).status == 503

    await until(refused)


@pytest.mark.parametrize(
    ("path", "board"),
    [
        ("/plain/x", Board()),
        ("/kept/x", Board(cache="max-age=60")),
        ("/kept/x", Board(cache="private, max-age=60")),
        ("/kept/x", Board(cache="public, max-age=60, no-store")),
        ("/kept/x", Board(cache="public")),
        ("/kept/x", Board(vary="cookie")),
        ("/kept/x", Board(vary="*")),
        ("/kept/x", Board(status=404)),
        ("/kept/x", Board(body=b"x" * 600_000)),
    ],
)
async def test_nothing_else_is_cached(
    world: World, client: aiohttp.ClientSession, path: str, board: Board
) -> None:
    url = (await front(world, board)).address + path
    for _ in range(3):
        seen = await get(client, url)
        assert (seen.status, seen.body) == (board.status, board.body)
    assert len(board.received) == 3


async def test_a_change_and_a_part_go_to_the_service(
    world: World, client: aiohttp.ClientSession
) -> None:
    board = Board()
    url = (await front(world, board)).address + "/kept/x"
    await get(client, url)
    await client.post(url, data=b"x")
    await get(client, url, Range="bytes=0-1")
    assert [request["method"] for request in board.received] == ["GET", "POST", "GET"]


async def test_health_data_are_never_cacheable(world: World, client: aiohttp.ClientSession) -> None:
    board = Board()
    seen = await get(client, (await front(world, board)).address + "/fhir/Patient/1")
    assert seen.headers.getall("cache-control") == ["no-store"]
    with pytest.raises(ValueError, match="not cacheable"):
        Route("/fhir/{rest...}", ECHO, OPEN, plan_class="list", cacheable=True)


def test_the_store_is_bounded_and_drops_the_least_recently_used() -> None:
    shelf = CacheStore(50_000)
    for number in range(100):
        shelf.put(
            CachedResponse((str(number),), [], b"x" * 2000, 0.0, CacheTerms(60, 60), compress=False)
        )
        shelf.find(("0",))
    assert shelf.size <= 50_000
    assert shelf.find(("0",)) is not None
    assert shelf.find(("1",)) is None
    assert shelf.find(("99",)) is not None


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (b"public, max-age=5", CacheTerms(5, 300)),
        (b'PUBLIC, s-maxage="7", max-age=5', CacheTerms(7, 300)),
        (b"public, s-maxage=0, max-age=5", None),
        (b"public, s-maxage=soon, max-age=5", CacheTerms(5, 300)),
        (b"public, max-age=5, stale-if-error=20", CacheTerms(5, 20)),
        (b"public, max-age=5, stale-if-error=9999", CacheTerms(5, 300)),
        (b"public, max-age=0", None),
        (b"public, max-age=-1", None),
        (b"public, max-age=soon", None),
    ],
)
def test_terms_are_those_of_the_service(message: bytes, found: CacheTerms | None) -> None:
    assert terms_of(200, [(b"cache-control", message)], longest_stale=300) == found
