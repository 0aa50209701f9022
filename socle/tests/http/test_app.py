"""Errors of a FastAPI application of the house, over real connections."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, get_args

import aiohttp
import pytest
import pytest_asyncio
from fastapi import Query
from pydantic import AwareDatetime, BaseModel

from socle.clock import SystemClock
from socle.errors import Category, Refusal, Retry
from socle.http import STATUS, Router, make_app
from socle.testing import ServeApp


class Booking(BaseModel):
    stop: str
    passengers: int


def toy() -> Any:
    app = make_app("Jouet", service="jouet", clock=SystemClock())
    router = Router(prefix="/jouet/v1")

    @router.get("/stops/{stop_id}")
    async def stop(
        stop_id: str,
        limit: Annotated[int, Query(ge=1, le=50)] = 5,
        at: AwareDatetime | None = None,
    ) -> dict[str, int]:
        return {"limit": limit}

    @router.post("/visits")
    async def booking(booking: Booking) -> Booking:
        return booking

    @router.get("/refused/{category}")
    async def refused(category: Category) -> None:
        raise Refusal(category, "Ce n'est pas possible.", current=3, status="kept out")

    @router.get("/away")
    async def away() -> None:
        raise Retry("postgres at 10.0.0.3 is gone", after=2.2)

    @router.get("/broken")
    async def broken() -> None:
        raise RuntimeError("secret detail")

    router.add_to(app)
    return app


@pytest_asyncio.fixture
async def client(serve_app: ServeApp) -> AsyncIterator[aiohttp.ClientSession]:
    address = await serve_app(toy())
    async with aiohttp.ClientSession(f"{address}/jouet/v1/") as session:
        yield session


async def problem_of(response: aiohttp.ClientResponse) -> dict[str, Any]:
    assert response.content_type == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    problem: dict[str, Any] = await response.json()
    assert problem["status"] == response.status
    assert problem["request_id"] == response.headers["x-request-id"]
    assert problem["type"].startswith("urn:regionlab:problem:")
    assert problem["title"]
    assert problem["detail"]
    return problem


async def test_what_is_right_is_answered(client: aiohttp.ClientSession) -> None:
    response = await client.get("stops/a?limit=2")
    assert (response.status, await response.json()) == (200, {"limit": 2})


@pytest.mark.parametrize("category", get_args(Category))
async def test_each_category_has_its_status(
    client: aiohttp.ClientSession, category: Category
) -> None:
    problem = await problem_of(await client.get(f"refused/{category}"))
    assert problem["type"] == f"urn:regionlab:problem:{category}"
    assert problem["status"] == STATUS[category]
    assert problem["detail"] == "Ce n’est pas possible."
    assert problem["current"] == 3


async def test_some_statuses_call_for_a_header(client: aiohttp.ClientSession) -> None:
    assert (await client.get("refused/unavailable")).headers["retry-after"] == "5"
    assert (await client.get("refused/too_many")).headers["retry-after"] == "1"
    assert (await client.get("refused/unauthenticated")).headers["www-authenticate"] == "Bearer"


async def test_an_outside_that_is_away_is_not_described(client: aiohttp.ClientSession) -> None:
    response = await client.get("away")
    problem = await problem_of(response)
    assert (response.status, response.headers["retry-after"]) == (503, "3")
    assert "10.0.0.3" not in str(problem)


async def test_an_internal_error_reveals_no_detail(
    client: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    problem = await problem_of(await client.get("broken"))
    assert (problem["status"], problem["type"]) == (500, "urn:regionlab:problem:internal")
    assert "secret detail" not in str(problem)
    assert "secret detail" in caplog.text


async def test_an_unknown_address_is_a_problem(client: aiohttp.ClientSession) -> None:
    assert (await problem_of(await client.get("nowhere")))["status"] == 404


async def test_a_wrong_method_gets_the_allowed_ones(client: aiohttp.ClientSession) -> None:
    response = await client.delete("visits")
    assert (await problem_of(response))["type"] == "urn:regionlab:problem:method_not_allowed"
    assert response.headers["allow"] == "POST"


async def test_parameters_are_explained_in_french(client: aiohttp.ClientSession) -> None:
    problem = await problem_of(await client.get("stops/a?limit=-1&at=demain"))
    assert problem["status"] == 400
    assert problem["errors"] == [
        {"in": "query", "field": "limit", "reason": "une valeur d’au moins 1 est attendue"},
        {
            "in": "query",
            "field": "at",
            "reason": "un instant RFC 3339 est attendu (2026-03-29T02:30:00+02:00)",
        },
    ]
    assert problem["detail"].startswith("paramètre limit : une valeur d’au moins 1 est attendue ; ")


async def test_a_body_is_explained_by_its_fields(client: aiohttp.ClientSession) -> None:
    problem = await problem_of(await client.post("visits", json={"passengers": "secret"}))
    assert [(e["field"], e["reason"]) for e in problem["errors"]] == [
        ("stop", "valeur obligatoire absente"),
        ("passengers", "un nombre entier est attendu"),
    ]
    assert "secret" not in str(problem)


async def test_a_body_that_is_not_json_is_explained(client: aiohttp.ClientSession) -> None:
    response = await client.post(
        "visits", data=b'{"stop": ', headers={"content-type": "application/json"}
    )
    problem = await problem_of(response)
    assert (problem["status"], problem["detail"]) == (
        400,
        "contenu : un texte JSON valide est attendu",
    )


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


async def test_a_stray_slash_does_not_reveal_the_address(serve_app: ServeApp) -> None:
    address = await serve_app(toy())
    async with (
        aiohttp.ClientSession(address) as client,
        client.get("/jouet/v1/stops/x/", allow_redirects=False) as answer,
    ):
        assert answer.status == 404
        assert "location" not in answer.headers
