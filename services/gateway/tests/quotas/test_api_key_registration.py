"""Registration, rotation and revocation of API keys, by page and by program, at a real gateway."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest_asyncio
from gateway_program import behind, program, status
from gateway_program import given as given
from gateway_world import World
from small_plans import PLANS, STREAM, talk

from gateway.quotas.domain.account import TERMS
from gateway.quotas.domain.api_key import digest, well_formed
from socle.postgres import open_pool
from socle.testing import free_port, until

WANTED = {"name": "Ada Exemple", "email": "ada@exemple.fr", "purpose": "essai", "terms": TERMS}
SEARCH = "/mobilite/v1/stops"


@pytest_asyncio.fixture
async def replica(
    world: World, client: aiohttp.ClientSession, given: dict[str, str], tmp_path: Path
) -> AsyncIterator[str]:
    plans, port = tmp_path / "plans.toml", free_port()
    plans.write_text(PLANS)
    settings = behind(await world.service(talk)) | given | {"GATEWAY_PLANS": str(plans)}
    address = f"http://127.0.0.1:{port}"

    async def ready() -> bool:
        return await status(client, address + "/readyz") == 200

    async with program(GATEWAY_PORT=str(port), GATEWAY_PROXIES="127.0.0.1", **settings):
        await until(ready)
        yield address


async def test_by_program(
    replica: str, client: aiohttp.ClientSession, given: dict[str, str]
) -> None:
    async def get_from(
        method: str, target: str, key: str | None = None, body: Any = None
    ) -> tuple[int, Any]:
        headers = {"x-api-key": key} if key else {}
        async with client.request(method, replica + target, json=body, headers=headers) as answer:
            return answer.status, None if answer.status == 204 else await answer.json()

    async with client.get(replica + "/auth/v1/plans") as answer:
        assert answer.headers["cache-control"] == "public, max-age=60"
        known = {"if-none-match": answer.headers["etag"]}
    async with client.get(replica + "/auth/v1/plans", headers=known) as answer:
        assert answer.status == 304

    code, refused = await get_from("POST", "/auth/v1/keys", body=WANTED | {"terms": "old"})
    assert (code, refused["terms"]) == (400, TERMS)
    code, refused = await get_from("POST", "/auth/v1/keys", body=WANTED | {"email": "nobody"})
    assert code == 400
    assert "nobody" not in str(refused)
    code, _ = await get_from("POST", "/auth/v1/keys", body=WANTED | {"services": ["nowhere"]})
    assert code == 400
    code, made = await get_from("POST", "/auth/v1/keys", body=WANTED)
    assert (code, made["plan"]) == (201, "registered")
    key = made["key"]
    assert well_formed(key)
    assert (await get_from("GET", SEARCH, key))[0] == 200
    code, new = await get_from("POST", "/auth/v1/keys/current/rotation", key, {"overlap_hours": 1})
    assert code == 201
    # Both are keys of one account, until the old one ends.
    for each in (key, new["key"]):
        code, displayed = await get_from("GET", "/auth/v1/keys/current", each)
        assert (code, displayed["account"], len(displayed["keys"])) == (200, made["account"], 2)
    code, last = await get_from(
        "POST", "/auth/v1/keys/current/rotation", new["key"], {"overlap_hours": 0}
    )
    assert code == 201
    assert (await get_from("DELETE", "/auth/v1/keys/current", last["key"]))[0] == 204

    async def over(key: str) -> bool:
        return (await get_from("GET", SEARCH, key))[0] == 401

    for each in (new["key"], last["key"]):
        await until(lambda key=each: over(key))  # type: ignore[misc]
    async with open_pool(given["GATEWAY_POSTGRES"], application_name="test") as pool:
        rows = await pool.fetch(
            "SELECT sha256, a.* FROM api_key JOIN account AS a ON a.id = account_id"
        )
    assert {digest(each) for each in (key, new["key"], last["key"])} == {r["sha256"] for r in rows}
    assert not any(each in str(rows) for each in (key, new["key"], last["key"]))
    assert {row["terms"] for row in rows} == {TERMS}


async def test_a_key_is_replaced_without_a_body(
    replica: str, client: aiohttp.ClientSession
) -> None:
    async with client.post(replica + "/auth/v1/keys", json=WANTED) as answer:
        headers = {"x-api-key": (await answer.json())["key"]}
    target = replica + "/auth/v1/keys/current/rotation"
    forms: list[dict[str, Any]] = [{}, {"data": b""}, {"json": {}}]
    for form in forms:
        async with client.post(target, headers=headers, **form) as answer:
            assert answer.status == 201, await answer.text()
            headers = {"x-api-key": (await answer.json())["key"]}
    async with client.get(replica + "/auth/v1/keys/current", headers=headers) as answer:
        keys = (await answer.json())["keys"]
    # A replaced key stays valid for a day.
    assert [key["expires_at"] is None for key in keys].count(True) == 1
    async with client.post(target, headers=headers, json={"overlap_hours": -1}) as answer:
        assert answer.status == 400


async def test_a_stream_ends_with_the_key_it_came_by(
    replica: str, client: aiohttp.ClientSession
) -> None:
    async with client.post(replica + "/auth/v1/keys", json=WANTED) as answer:
        headers = {"x-api-key": (await answer.json())["key"]}
    own = await client.get(replica + STREAM, headers=headers)
    another = await client.get(replica + STREAM)
    for stream in (own, another):
        assert await stream.content.readany() == b"data: one\n\n"
    async with client.delete(replica + "/auth/v1/keys/current", headers=headers) as answer:
        assert answer.status == 204
    async with asyncio.timeout(60):
        assert await own.content.read() == b""
    assert not another.content.at_eof()
    for stream in (own, another):
        stream.close()


async def test_by_page(replica: str, client: aiohttp.ClientSession) -> None:
    async def go(target: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        method = "GET" if form is None else "POST"
        headers = {"accept": "text/html", "x-forwarded-for": "192.0.2.9"}
        async with client.request(method, replica + target, data=form, headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/html"), await answer.text()
            return answer.status, await answer.text()

    for target in ("/auth/cles", "/auth/cles/gerer", "/auth/conditions"):
        assert (await go(target))[0] == 200
    form = {name: WANTED[name] for name in ("name", "email", "purpose")}
    code, text = await go("/auth/cles/nouvelle", form | {"name": '"><script>'})
    assert code == 400
    assert "conditions" in text
    assert "<script>" not in text
    code, text = await go("/auth/cles/nouvelle", form | {"conditions": TERMS})
    assert code == 200
    found = re.search(r'value="(rlab_\w+)"', text)
    assert found is not None
    code, text = await go("/auth/cles/gerer", {"cle": found[1], "action": "remplacer"})
    assert code == 200
    code, text = await go("/auth/cles/gerer", {"cle": found[1], "action": "revoquer"})
    assert code == 200
    code, text = await go("/auth/cles/gerer", {"cle": found[1], "action": "revoquer"})
    assert code == 400
    # Registrations are counted by address, with a low limit.
    codes = [(await go("/auth/cles/nouvelle", form))[0] for _ in range(10)]
    assert codes[-1] == 429


async def test_text_that_cannot_be_stored_is_a_mistake_of_its_sender(
    replica: str, client: aiohttp.ClientSession
) -> None:
    for wrong in (
        {"name": "a\0b"},
        {"organisation": "a\0b"},
        {"email": "a\0@exemple.fr"},
        {"purpose": "a\0b"},
        {"expires_at": "9999-12-31T23:59:59-23:59"},
    ):
        async with client.post(replica + "/auth/v1/keys", json=WANTED | wrong) as answer:
            assert answer.status == 400, wrong
    headers = {"x-forwarded-for": "192.0.2.10"}
    for target in ("/auth/cles/nouvelle", "/auth/cles/gerer"):
        for form in ({"name": "a\0b", "cle": "a\0b"}, {f"field{n}": "1" for n in range(200)}):
            async with client.post(replica + target, data=form, headers=headers) as answer:
                assert answer.status == 400, form
