"""The API documentation: pages rendered from the contract, without scripts."""

import re
from typing import Annotated, Any

import aiohttp
import pytest
from fastapi import Query
from gateway_world import ECHO, Gateway, World
from pydantic import BaseModel, Field

from gateway.callers.domain.access import OPEN, only
from gateway.routes.domain.route_table import TABLE
from gateway.routes.domain.routes import OWN, Route, RouteTable
from socle.clock import SystemClock
from socle.http import Router, make_app
from socle.testing import every_viewport

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    "resultTypes": ["violations"],
}
BROWSER = {"accept": "text/html", "accept-encoding": "identity"}
ROUTES = RouteTable(
    (
        Route("/echo/closed", ECHO, only("professional"), plan_class="list"),
        Route("/echo/{rest...}", ECHO, OPEN, plan_class="list"),
        *(
            route
            for route in TABLE.routes
            if route.service == OWN and route.pattern.startswith(("/docs", "/openapi", "/static"))
        ),
    )
)


class Stop(BaseModel):
    """A stop."""

    stop_id: str = Field(description="L'identifiant `public`")
    lines: list[str]


async def documented(world: World) -> Gateway:
    """A gateway before a service with two operations."""
    tags = [{"name": "stops", "description": "Arrêts"}]
    app = make_app("Écho", service="echo", clock=SystemClock(), openapi_tags=tags)
    router = Router(tags=["stops"])

    @router.get("/echo/stops/{stop_id}", summary="L'arrêt")
    async def read_stop(
        stop_id: str, limit: Annotated[int, Query(le=50, description="Combien")] = 20
    ) -> Stop:
        """L'arrêt et ses <lignes>."""
        return Stop(stop_id=stop_id, lines=[])

    @router.get("/echo/closed", summary="Fermé")
    async def closed() -> None:
        return None

    router.add_to(app)
    return await world.gateway(await world.application(app), routes=ROUTES)


async def read(client: aiohttp.ClientSession, address: str, language: str = "fr") -> str:
    headers = BROWSER | {"accept-language": language}
    async with client.get(address, headers=headers) as answer:
        assert answer.status == 200
        assert answer.headers["content-language"] == language
        assert "script-src" not in answer.headers["content-security-policy"]
        return await answer.text()


async def test_every_operation_is_listed_and_detailed(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await documented(world)
    index = await read(client, gateway.address + "/docs")
    assert "<script" not in index
    links = re.findall(r'href="(/docs/[^"#]+)#([^"]+)"', index)
    assert {address for address, _ in links} == {"/docs/stops"}
    assert "GET /echo/stops/{stop_id}" in index
    assert index.count("compte ou clé nécessaire") == 1
    page = await read(client, gateway.address + "/docs/stops")
    for _, anchor in links:
        assert page.count(f'id="{anchor}"') == 1
    assert "<script" not in page
    assert "L’arrêt et ses &lt;lignes&gt;." in page
    assert "nombre entier, 50 au plus, 20 par défaut" in page
    assert "curl https://platform.example/echo/stops/STOP_ID" in page
    assert "L’identifiant <code>public</code>" in page
    assert 'href="#Stop"' in page
    assert 'id="Stop"' in page
    assert "Authorization: Bearer" in page


async def test_the_documentation_is_in_english_around_french_content(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await documented(world)
    index = await read(client, gateway.address + "/docs", "en")
    assert "account or key required" in index
    page = await read(client, gateway.address + "/docs/stops", "en")
    assert '<h1 lang="fr">Arrêts</h1>' in page
    assert "integer, at most 50, by default 20" in page
    assert '<code>application/json</code> (<a href="#Stop">Stop</a>)' in page
    assert "A stop." in page


async def test_a_page_that_does_not_exist(world: World, client: aiohttp.ClientSession) -> None:
    gateway = await documented(world)
    for name in ("swagger-ui.css", "..%2F__init__.py", "x"):
        async with client.get(f"{gateway.address}/docs/{name}", headers=BROWSER) as answer:
            assert answer.status == 404
            assert "Aucune page n’a cette adresse" in await answer.text()


async def test_a_service_that_is_down_is_named(world: World, client: aiohttp.ClientSession) -> None:
    gateway = await world.gateway("http://127.0.0.1:9", routes=ROUTES)
    index = await read(client, gateway.address + "/docs")
    assert "car il ne répond pas (echo)" in index
    # The page may be one of the missing service.
    async with client.get(gateway.address + "/docs/stops", headers=BROWSER) as answer:
        assert answer.status == 503
        assert answer.headers["retry-after"] == "5"


@every_viewport
async def test_the_pages_are_for_everyone(
    world: World, browser: Any, width: int, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.async_playwright", reason="needs axe")
    gateway = await documented(world)
    page = await browser.new_page(
        viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True
    )
    sizes: list[int] = []

    async def record(request: Any) -> None:
        sizes.append((await request.sizes())["responseBodySize"])

    page.on("requestfinished", record)
    for path in ("/docs", "/docs/stops"):
        await page.goto(gateway.address + path)
        found = await axe.Axe().run(page, options=RULES)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
    # The style, the icon and two pages, compressed.
    assert len(sizes) >= 3
    assert 3_000 < sum(sizes) < 15_000
