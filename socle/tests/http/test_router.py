"""Endpoints declared apart from the application that serves them."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from fastapi import Depends, FastAPI

from socle.clock import SystemClock
from socle.http import Router, make_app
from socle.testing import ServeApp

resolved: list[str] = []


def resolving(name: str) -> Any:
    """A dependency that records its name."""
    return Depends(lambda: resolved.append(name))


def toy() -> FastAPI:
    router = Router(prefix="/stops", tags=["stops"], dependencies=[resolving("router")])

    @router.get("/{stop_id}", summary="Un arrêt", dependencies=[resolving("endpoint")])
    async def show_stop(stop_id: str) -> dict[str, str]:
        return {"id": stop_id}

    @router.put("/{stop_id}", status_code=201)
    async def write_stop(stop_id: str) -> dict[str, str]:
        return {"written": stop_id}

    @router.get("/{stop_id}/internal", include_in_schema=False)
    async def show_internal(stop_id: str) -> dict[str, str]:
        return {"internal": stop_id}

    pages = Router(include_in_schema=False)

    @pages.get("/page")
    async def page() -> str:
        return "page"

    router.include(pages)
    app = make_app("Jouet", service="toy-router", clock=SystemClock())
    router.add_to(app, prefix="/toy/v1", dependencies=[resolving("application")])
    return app


@pytest_asyncio.fixture
async def client(serve_app: ServeApp) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(f"{await serve_app(toy())}/toy/v1/") as session:
        yield session


async def test_an_endpoint_is_found_by_its_method_and_the_prefixes(
    client: aiohttp.ClientSession,
) -> None:
    resolved.clear()
    response = await client.get("stops/a")
    assert (response.status, await response.json()) == (200, {"id": "a"})
    assert resolved == ["application", "router", "endpoint"]
    response = await client.put("stops/a")
    assert (response.status, await response.json()) == (201, {"written": "a"})
    response = await client.get("page")
    assert (response.status, await response.json()) == (200, "page")


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [("DELETE", "stops/a", 405, "GET, HEAD, PUT"), ("GET", "stops", 404, None)],
)
async def test_another_method_or_address_is_refused(
    client: aiohttp.ClientSession, method: str, path: str, status: int, allow: str | None
) -> None:
    response = await client.request(method, path)
    assert (response.status, response.headers.get("allow")) == (status, allow)
    assert response.content_type == "application/problem+json"


def test_the_document_has_the_declared_options() -> None:
    document = toy().openapi()
    (path,) = document["paths"]
    assert path == "/toy/v1/stops/{stop_id}"
    read, written = (document["paths"][path][method] for method in ("get", "put"))
    assert (read["summary"], read["tags"], written["tags"]) == ("Un arrêt", ["stops"], ["stops"])
    assert "201" in written["responses"]
    # The errors of the application, as of every operation.
    assert "default" in read["responses"]
