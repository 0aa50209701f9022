"""The language of pages: one `Accept-Language` reaches a service, and `/langue` changes it."""

import aiohttp
import pytest
from gateway_world import ECHO, World

from gateway.callers.domain.access import OPEN
from gateway.routes.domain.route_table import TABLE
from gateway.routes.domain.routes import Route, RouteTable
from socle.http import Receive, Scope, Send

ROUTES = RouteTable(
    (
        Route("/page", ECHO, OPEN, plan_class="list", page=True),
        Route("/page/flux", ECHO, OPEN, plan_class="page"),
        Route("/data", ECHO, OPEN, plan_class="list"),
        *(route for route in TABLE.routes if route.pattern == "/langue"),
    )
)
COOKIE = "__Host-langue"


async def languages(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the values of `Accept-Language` that it received, one a line."""
    received = [value for name, value in scope["headers"] if name == b"accept-language"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"\n".join(received)})


@pytest.mark.parametrize("path", ["/page", "/page/flux"])
async def test_a_page_receives_the_chosen_language(
    world: World, client: aiohttp.ClientSession, path: str
) -> None:
    gateway = await world.gateway(await world.application(languages), routes=ROUTES)

    async def received(*headers: tuple[str, str]) -> list[str]:
        async with client.get(gateway.address + path, headers=headers) as answer:
            return (await answer.text()).splitlines()

    french = ("Accept-Language", "fr-FR, fr;q=0.9")
    assert await received() == []
    assert await received(french) == ["fr-FR, fr;q=0.9"]
    assert await received(french, ("Accept-Language", "en")) == ["fr-FR, fr;q=0.9, en"]
    assert await received(french, ("Cookie", f"a=b; {COOKIE}=en")) == ["en"]
    assert await received(("Cookie", f"{COOKIE}=fr")) == ["fr"]
    for invalid in ("de", "EN", "", "en-GB"):
        assert await received(french, ("Cookie", f"{COOKIE}={invalid}")) == ["fr-FR, fr;q=0.9"]


async def test_data_receives_the_header_of_the_caller(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await world.gateway(await world.application(languages), routes=ROUTES)
    headers = {"Accept-Language": "de", "Cookie": f"{COOKIE}=en"}
    async with client.get(gateway.address + "/data", headers=headers) as answer:
        assert await answer.text() == "de"


@pytest.mark.parametrize(
    ("query", "language", "target"),
    [
        ({"vers": "en", "page": "/arrets/tao:x?y=1"}, "en", "/arrets/tao:x?y=1"),
        ({"vers": "fr", "page": "/"}, "fr", "/"),
        ({"vers": "en"}, "en", "/"),
        ({"vers": "en", "page": "//ailleurs.invalid/"}, "en", "/"),
        ({"vers": "en", "page": "https://ailleurs.invalid/"}, "en", "/"),
        ({"vers": "en", "page": "/a\r\nset-cookie: b=c"}, "en", "/"),
        ({"vers": "de", "page": "/perturbations"}, None, "/perturbations"),
        ({"page": "/perturbations"}, None, "/perturbations"),
    ],
)
async def test_a_person_chooses_a_language_and_returns_to_the_page(
    world: World,
    client: aiohttp.ClientSession,
    query: dict[str, str],
    language: str | None,
    target: str,
) -> None:
    gateway = await world.gateway("http://127.0.0.1:9", routes=ROUTES)
    async with client.get(
        gateway.address + "/langue", params=query, allow_redirects=False
    ) as answer:
        assert (answer.status, answer.headers["location"]) == (303, target)
        assert answer.headers["cache-control"] == "no-store"
        cookies = answer.headers.getall("set-cookie", [])
    if language is None:
        assert cookies == []
        return
    (cookie,) = cookies
    name, *flags = (part.strip().lower() for part in cookie.split(";"))
    assert name == f"{COOKIE}={language}".lower()
    assert {"secure", "httponly", "samesite=lax", "path=/", "max-age=31536000"} <= set(flags)


def test_a_report_is_in_the_chosen_language_and_figures_are_for_programs() -> None:
    for path, localised in (
        ("/pilotes/v1/pilots/carnet/report", True),
        ("/pilotes/v1/pilots/carnet/report.pdf", False),
        ("/pilotes/v1/pilots/carnet/indicators", False),
    ):
        assert TABLE.get(path).localised == localised, path
