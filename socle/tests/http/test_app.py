"""Errors of a FastAPI application of the house, over real connections."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, get_args

import aiohttp
import pytest
import pytest_asyncio
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from socle.clock import SystemClock
from socle.errors import Category, Refusal, Retry
from socle.http import STATUS, make_app
from socle.testing import ServeApp


class Visit(BaseModel):
    stop: str
    passengers: int


def toy() -> Any:
    app = make_app("Jouet", service="jouet", clock=SystemClock())
    router = APIRouter(prefix="/jouet/v1")

    @router.get("/stops/{stop_id}")
    async def stop(
        stop_id: str,
        limit: Annotated[int, Query(ge=1, le=50)] = 5,
        at: AwareDatetime | None = None,
    ) -> dict[str, int]:
        return {"limit": limit}

    @router.post("/visits")
    async def visit(visit: Visit) -> Visit:
        return visit

    @router.get("/refused/{category}")
    async def refused(category: Category) -> None:
        raise Refusal(category, "Ce n'est pas possible.", current=3, status="kept out")

    @router.get("/away")
    async def away() -> None:
        raise Retry("postgres at 10.0.0.3 is gone", after=2.2)

    @router.get("/broken")
    async def broken() -> None:
        raise RuntimeError("secret detail")

    app.include_router(router)
    return app


@pytest_asyncio.fixture
async def client(serve_app: ServeApp) -> AsyncIterator[aiohttp.ClientSession]:
    address = await serve_app(toy())
    async with aiohttp.ClientSession(f"{address}/jouet/v1/") as session:
        yield session


async def problem_of(response: aiohttp.ClientResponse) -> dict[str, Any]:
    assert response.content_type == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    told: dict[str, Any] = await response.json()
    assert told["status"] == response.status
    assert told["request_id"] == response.headers["x-request-id"]
    assert told["type"].startswith("urn:regionlab:problem:")
    assert told["title"]
    assert told["detail"]
    return told


async def test_what_is_right_is_answered(client: aiohttp.ClientSession) -> None:
    response = await client.get("stops/a?limit=2")
    assert (response.status, await response.json()) == (200, {"limit": 2})


@pytest.mark.parametrize("category", get_args(Category))
async def test_each_category_has_its_status(
    client: aiohttp.ClientSession, category: Category
) -> None:
    told = await problem_of(await client.get(f"refused/{category}"))
    assert told["type"] == f"urn:regionlab:problem:{category}"
    assert told["status"] == STATUS[category]
    assert told["detail"] == "Ce n'est pas possible."
    assert told["current"] == 3


async def test_some_statuses_call_for_a_header(client: aiohttp.ClientSession) -> None:
    assert (await client.get("refused/unavailable")).headers["retry-after"] == "5"
    assert (await client.get("refused/too_many")).headers["retry-after"] == "1"
    assert (await client.get("refused/unauthenticated")).headers["www-authenticate"] == "Bearer"


async def test_an_outside_that_is_away_is_not_described(client: aiohttp.ClientSession) -> None:
    response = await client.get("away")
    told = await problem_of(response)
    assert (response.status, response.headers["retry-after"]) == (503, "3")
    assert "10.0.0.3" not in str(told)


async def test_a_mistake_of_ours_says_nothing_of_itself(
    client: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    told = await problem_of(await client.get("broken"))
    assert (told["status"], told["type"]) == (500, "urn:regionlab:problem:internal")
    assert "secret detail" not in str(told)
    assert "secret detail" in caplog.text


async def test_an_unknown_address_is_a_problem(client: aiohttp.ClientSession) -> None:
    assert (await problem_of(await client.get("nowhere")))["status"] == 404


async def test_another_method_is_told_which_is_right(client: aiohttp.ClientSession) -> None:
    response = await client.delete("visits")
    assert (await problem_of(response))["type"] == "urn:regionlab:problem:method_not_allowed"
    assert response.headers["allow"] == "POST"


async def test_parameters_are_explained_in_french(client: aiohttp.ClientSession) -> None:
    told = await problem_of(await client.get("stops/a?limit=-1&at=demain"))
    assert told["status"] == 400
    assert told["errors"] == [
        {"in": "query", "field": "limit", "reason": "une valeur d'au moins 1 est attendue"},
        {
            "in": "query",
            "field": "at",
            "reason": "un instant RFC 3339 est attendu (2026-03-29T02:30:00+02:00)",
        },
    ]
    assert told["detail"].startswith("paramètre limit : une valeur d'au moins 1 est attendue ; ")


async def test_a_body_is_explained_by_its_fields(client: aiohttp.ClientSession) -> None:
    told = await problem_of(await client.post("visits", json={"passengers": "secret"}))
    assert [(e["field"], e["reason"]) for e in told["errors"]] == [
        ("stop", "valeur obligatoire absente"),
        ("passengers", "un nombre entier est attendu"),
    ]
    assert "secret" not in str(told)


async def test_a_body_that_is_not_json_is_explained(client: aiohttp.ClientSession) -> None:
    response = await client.post(
        "visits", data=b'{"stop": ', headers={"content-type": "application/json"}
    )
    told = await problem_of(response)
    assert (told["status"], told["detail"]) == (400, "contenu : un texte JSON valide est attendu")


def test_every_operation_documents_the_problem() -> None:
    document = toy().openapi()
    assert "Problem" in document["components"]["schemas"]
    for path in document["paths"].values():
        for operation in path.values():
            assert set(operation["responses"]) == {"200", "default"}
            content = operation["responses"]["default"]["content"]
            assert content == {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            }


async def test_a_stray_slash_tells_nobody_where_we_stand(serve_app: ServeApp) -> None:
    address = await serve_app(toy())
    async with (
        aiohttp.ClientSession(address) as client,
        client.get("/jouet/v1/stops/x/", allow_redirects=False) as answer,
    ):
        assert answer.status == 404
        assert "location" not in answer.headers
