"""One OpenAPI document for all services: exposed operations only, every reference resolved."""

import gzip
from collections.abc import Iterator, Mapping
from typing import Any

import aiohttp
import orjson
import pytest
from fastapi import FastAPI, Response
from gateway_world import World
from pydantic import BaseModel

from gateway.callers.domain.access import OPEN, Access, only
from gateway.callers.domain.identity import ROLES
from gateway.contract.domain.merge_openapi import merge
from gateway.routes.domain.routes import Route, RouteTable, Service
from socle.clock import SystemClock
from socle.http import Router, make_app

TRAINS, BUSES = Service("trains"), Service("buses")
TABLE = RouteTable(
    (
        Route("/trains/v1/{rest...}", TRAINS, OPEN, plan_class="list"),
        Route(
            "/buses/v1/stops/{stop_id}",
            BUSES,
            OPEN,
            frozenset({"GET", "POST"}),
            plan_class="board",
            credentials=True,
        ),
    )
)


def document(prefix: str, **more: Any) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": f"The {prefix}"},
        "paths": {
            f"/{prefix}/v1/stops/{{stop_id}}": {
                "parameters": [{"$ref": "#/components/parameters/Stop"}],
                "get": {
                    "operationId": "read_stop",
                    "tags": ["stops"],
                    "security": [{"token": []}],
                    "responses": {
                        "200": {
                            "description": "ok",
                            "content": {
                                "application/json": {
                                    "schema": {"$ref": "#/components/schemas/Stop"},
                                    "example": {"$ref": "#/components/schemas/Stop"},
                                }
                            },
                            "links": {"next": {"operationId": "read_stop"}},
                        }
                    },
                },
                "delete": {"operationId": "delete_stop", "responses": {}},
            },
            "/internal/secret": {"get": {"responses": {}}},
        },
        "components": {
            "parameters": {"Stop": {"name": "stop_id", "in": "path", "required": True}},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Stop": {
                    "discriminator": {
                        "propertyName": "kind",
                        "mapping": {"platform": "#/components/schemas/Platform"},
                    },
                    "properties": {
                        "example": {"$ref": "#/components/schemas/Platform"},
                        "mapping": {"type": "string"},
                    },
                },
                "Platform": {"type": "object"},
            },
        },
        **more,
    }


def references(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            elif key != "example" or "schema" not in node:
                yield from references(value)
    elif isinstance(node, list):
        for each in node:
            yield from references(each)


def resolve(root: Mapping[str, Any], reference: str) -> Any:
    node: Any = root
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def test_names_are_those_of_the_services() -> None:
    merged = merge(TABLE, {TRAINS: document("trains")}, version="1")
    assert set(merged["components"]["schemas"]) == {"Stop", "Platform"}
    operation = merged["paths"]["/trains/v1/stops/{stop_id}"]["get"]
    assert operation["operationId"] == "read_stop"
    assert operation["tags"] == ["stops"]


def test_what_two_services_share_is_published_once() -> None:
    merged = merge(TABLE, {TRAINS: document("trains"), BUSES: document("buses")}, version="1")
    assert set(merged["components"]["schemas"]) == {"Stop", "Platform"}
    assert set(merged["components"]["parameters"]) == {"Stop"}


def test_a_name_with_another_meaning_gets_the_prefix_of_its_service() -> None:
    buses = document("buses")
    buses["components"]["schemas"]["Platform"] = {"type": "string"}
    merged = merge(TABLE, {TRAINS: document("trains"), BUSES: buses}, version="1")
    # BusesStop too: it refers to another platform than the stop of a train does.
    assert set(merged["components"]["schemas"]) == {
        "Stop",
        "Platform",
        "BusesStop",
        "BusesPlatform",
    }
    found = list(references(merged))
    assert len(found) == 6
    for reference in found:
        assert resolve(merged, reference) is not None
    stop = merged["components"]["schemas"]["BusesStop"]
    assert stop["discriminator"]["mapping"] == {"platform": "#/components/schemas/BusesPlatform"}
    operation = merged["paths"]["/buses/v1/stops/{stop_id}"]["get"]
    assert operation["operationId"] == "buses_read_stop"
    assert operation["responses"]["200"]["links"]["next"]["operationId"] == "buses_read_stop"
    assert operation["security"] == [{"token": []}]
    example = operation["responses"]["200"]["content"]["application/json"]["example"]
    assert example == {"$ref": "#/components/schemas/Stop"}


def test_the_title_of_a_schema_is_its_name() -> None:
    trains = document("trains")
    trains["components"]["schemas"]["Platform"] = {
        "title": "PlatformModel",
        "properties": {
            "title": {"title": "Title", "type": "string", "examples": [{"title": "A"}]},
            "platforms": {"type": "array", "items": {"title": "Item"}},
        },
    }
    platform = merge(TABLE, {TRAINS: trains}, version="1")["components"]["schemas"]["Platform"]
    assert platform == {
        "title": "Platform",
        "properties": {
            "title": {"type": "string", "examples": [{"title": "A"}]},
            "platforms": {"type": "array", "items": {}},
        },
    }


def test_only_used_components_are_published() -> None:
    trains = document("trains")
    trains["components"]["schemas"]["Unused"] = {"$ref": "#/components/schemas/Stop"}
    merged = merge(TABLE, {TRAINS: trains}, version="1")
    assert set(merged["components"]["schemas"]) == {"Stop", "Platform"}
    # Those of a service that leaves access to the gateway are replaced.
    assert "token" not in merged["components"]["securitySchemes"]


def test_a_tag_has_its_description_and_its_service() -> None:
    tags = [{"name": "stops", "description": "Arrêts"}, {"name": "unused"}]
    merged = merge(TABLE, {TRAINS: document("trains", tags=tags)}, version="1")
    assert merged["tags"] == [{"name": "stops", "description": "Arrêts", "x-service": "trains"}]
    untagged = document("trains")
    del untagged["paths"]["/trains/v1/stops/{stop_id}"]["get"]["tags"]
    merged = merge(TABLE, {TRAINS: untagged}, version="1")
    assert merged["tags"] == [{"name": "trains", "x-service": "trains"}]


def test_an_operation_has_its_security_and_its_plan() -> None:
    def security(access: Access, **declared: Any) -> dict[str, Any]:
        table = RouteTable((Route("/trains/v1/{rest...}", TRAINS, access, plan_class="list"),))
        source = document("trains")
        read = source["paths"]["/trains/v1/stops/{stop_id}"]["get"]
        del read["security"]
        merged = merge(table, {TRAINS: source | declared}, version="1")
        operation: dict[str, Any] = merged["paths"]["/trains/v1/stops/{stop_id}"]["get"]
        named = {name for rule in operation["security"] for name in rule}
        assert named <= merged["components"]["securitySchemes"].keys()
        return operation

    anyone = security(OPEN)
    assert anyone["security"] == []  # Swagger UI draws a padlock for anything else
    assert anyone["x-roles"] == list(ROLES)
    assert anyone["x-plan"] == "list"
    shut = security(only("patient", "professional"))
    assert shut["security"] == [{"bearer": []}, {"session": []}]
    assert shut["x-roles"] == ["patient", "professional"]
    # A service that is open to all may still require a known caller, or in some cases only.
    assert security(OPEN, security=[{"account": []}])["security"] == shut["security"]
    sometimes = security(OPEN, security=[{}, {"account": []}])
    assert sometimes["security"] == [{}, *shut["security"]]
    # The scopes that a service checks; a session has none.
    smart = security(only("patient"), security=[{"smart": ["user/*.r"]}, {"smart": ["system/*.r"]}])
    assert smart["security"] == [{"bearer": ["user/*.r"]}, {"bearer": ["system/*.r"]}]
    scoped = security(only("professional", scopes=("user/", "launch")))
    assert scoped["security"] == [{"bearer": ["launch"]}, {"bearer": ["user/"]}]


def test_only_exposed_operations_are_published() -> None:
    merged = merge(TABLE, {TRAINS: document("trains"), BUSES: document("buses")}, version="1")
    assert set(merged["paths"]) == {"/trains/v1/stops/{stop_id}", "/buses/v1/stops/{stop_id}"}
    assert "delete" not in merged["paths"]["/trains/v1/stops/{stop_id}"]
    # A service cannot document a path that is routed to another.
    assert merge(TABLE, {BUSES: document("trains")}, version="1")["paths"] == {}


def test_a_service_without_contract_is_named() -> None:
    merged = merge(TABLE, {TRAINS: None, BUSES: document("buses")}, version="1")
    assert merged["x-unavailable"] == ["trains"]
    assert "leurs adresses manquent ici : trains." in merged["info"]["description"]
    complete = merge(TABLE, {BUSES: document("buses")}, version="1")
    assert "x-unavailable" not in complete
    assert "manque" not in complete["info"]["description"]


class Stop(BaseModel):
    """A stop."""

    stop_id: str


async def test_the_document_comes_from_the_running_services(
    world: World, client: aiohttp.ClientSession
) -> None:
    app = make_app("Écho", service="echo", clock=SystemClock())
    router = Router()

    @router.get("/echo/stops/{stop_id}")
    async def read_stop(stop_id: str, at: str | None = None) -> Stop:
        return Stop(stop_id=stop_id)

    @router.get("/hidden")
    async def hidden() -> Stop:
        return Stop(stop_id="x")

    router.add_to(app)
    gateway = await world.gateway(await world.application(app))
    address = gateway.address + "/openapi.json"
    async with client.get(address, headers={"Accept-Encoding": "identity"}) as answer:
        assert answer.status == 200
        etag = answer.headers["etag"]
        text = await answer.read()
    body = orjson.loads(text)
    assert list(body["paths"]) == ["/echo/stops/{stop_id}"]
    assert "x-unavailable" not in body
    for reference in references(body):
        resolve(body, reference)
    async with client.get(address, headers={"Accept-Encoding": "gzip"}) as answer:
        assert gzip.decompress(await answer.read()) == text
        assert (answer.headers["etag"], answer.headers["vary"]) == (f"W/{etag}", "accept-encoding")
    for known, status in ((etag, 304), (f'"other", W/{etag}', 304), ("*", 304), ('"other"', 200)):
        async with client.get(address, headers={"If-None-Match": known}) as answer:
            assert answer.status == status, known


async def test_the_document_stands_without_a_service_that_is_down(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await world.gateway("http://127.0.0.1:9")
    identity = {"Accept-Encoding": "identity"}
    async with client.get(gateway.address + "/openapi.json", headers=identity) as answer:
        assert answer.status == 200
        assert (await answer.json())["x-unavailable"] == ["echo"]


@pytest.mark.parametrize("broken", [500, 200])
async def test_a_service_whose_contract_fails_is_named(
    world: World, client: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture, broken: int
) -> None:
    """A service can be ready without being able to describe itself."""
    app = FastAPI(openapi_url=None)

    @app.get("/openapi.json")
    async def openapi() -> Response:
        return Response(b"[]", broken, media_type="application/json")

    gateway = await world.gateway(await world.application(app))
    async with client.get(gateway.address + "/openapi.json") as answer:
        published = await answer.json()
    assert published["x-unavailable"] == ["echo"]
    assert "manquent ici : echo." in published["info"]["description"]
    assert "No contract from echo" in caplog.text
