"""Plans at a real gateway: headers, refusals, keys, streams; four processes, one limit."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from gateway_program import behind, program, status
from gateway_program import given as given
from gateway_world import World
from small_plans import HOUSE, PLANS, STREAM, talk

from gateway.quotas.adapters.api_key_store import PostgresKeys
from gateway.quotas.domain.account import Account
from gateway.quotas.domain.api_key import ApiKey, compose_key, digest
from socle.postgres import open_pool
from socle.testing import free_port, until

BOARD = "/mobilite/v1/stops/a:b/departures"
SEARCH = "/mobilite/v1/stops?q=gare"


@pytest_asyncio.fixture
async def settings(world: World, given: dict[str, str], tmp_path: Path) -> dict[str, str]:
    plans = tmp_path / "plans.toml"
    plans.write_text(PLANS)
    # On a busy machine too, the replicas decide together.
    own = {"GATEWAY_PLANS": str(plans), "GATEWAY_SHARED_LIMITS_SECONDS": "30"}
    return behind(await world.service(talk)) | given | own


@pytest_asyncio.fixture
async def replicas_of_gateway(
    settings: dict[str, str], client: aiohttp.ClientSession
) -> AsyncIterator[list[str]]:
    """Four gateways, four processes, one database."""
    async with AsyncExitStack() as stack:
        ports = [free_port() for _ in range(4)]
        for port in ports:
            await stack.enter_async_context(
                program(GATEWAY_PORT=str(port), GATEWAY_PROXIES="127.0.0.1", **settings)
            )
        addresses = [f"http://127.0.0.1:{port}" for port in ports]

        async def ready() -> bool:
            return all([await status(client, each + "/readyz") == 200 for each in addresses])

        await until(ready)
        yield addresses


@dataclass
class Caller:
    """A caller with its own address, with or without a key."""

    client: aiohttp.ClientSession
    replicas_of_gateway: list[str]
    address: str
    key: str | None = None

    def get(self, target: str, *, replica: int = 0) -> Any:
        headers = {"x-forwarded-for": self.address} | ({"x-api-key": self.key} if self.key else {})
        return self.client.get(self.replicas_of_gateway[replica] + target, headers=headers)

    async def status(self, target: str, *, replica: int = 0) -> int:
        async with self.get(target, replica=replica) as answer:
            await answer.read()
            found: int = answer.status
            return found


@pytest.mark.deep_only
async def test_a_burst_on_four_replicas_passes_the_plan_and_no_more(
    replicas_of_gateway: list[str], client: aiohttp.ClientSession
) -> None:
    seen: Counter[int] = Counter()
    started = time.monotonic()

    async def greedy(address: str) -> None:
        while time.monotonic() - started < 6:
            async with client.get(address + BOARD) as answer:
                seen[answer.status] += 1
                await answer.read()

    await asyncio.gather(*(greedy(address) for address in replicas_of_gateway for _ in range(4)))
    plan = 100 + 40 * (time.monotonic() - started)
    print(f"{seen[200]} admitted of {plan:.0f}, {seen[429]} refused")  # noqa: T201 - with -s
    assert set(seen) == {200, 429}
    assert seen[429] > seen[200]
    assert 0.9 * plan <= seen[200] <= 1.05 * plan, (seen, plan)


async def test_plans_at_the_gateway(
    replicas_of_gateway: list[str], client: aiohttp.ClientSession, settings: dict[str, str]
) -> None:
    """Several independent callers of four replicas."""
    await _every_response_has_the_limit_and_a_refusal_names_it(
        Caller(client, replicas_of_gateway, "192.0.2.1"),
        Caller(client, replicas_of_gateway, "192.0.2.1", HOUSE),
    )
    await _pages_go_on_while_a_greedy_caller_is_refused(
        Caller(client, replicas_of_gateway, "192.0.2.2")
    )
    await _a_day_s_quota(Caller(client, replicas_of_gateway, "192.0.2.3"))
    await _one_subscriber_of_ipv6(Caller(client, replicas_of_gateway, "2001:db8:1:2::a"))
    await _streams_are_counted_over_all_replicas(Caller(client, replicas_of_gateway, "192.0.2.4"))
    await _every_type_of_key(
        Caller(client, replicas_of_gateway, "192.0.2.5"), settings["GATEWAY_POSTGRES"]
    )


async def _every_response_has_the_limit_and_a_refusal_names_it(
    caller: Caller, house: Caller
) -> None:
    remaining = []
    for replica in range(3):
        async with caller.get(SEARCH, replica=replica) as answer:
            assert answer.status == 200
            assert answer.headers["ratelimit-limit"] == "3"
            assert answer.headers["ratelimit-policy"] == "3;w=3000"
            remaining.append(int(answer.headers["ratelimit-remaining"]))
            assert "x-api-key" not in await answer.json()
    assert remaining == [2, 1, 0]
    async with caller.get(SEARCH, replica=3) as answer:
        problem = await answer.json()
        assert answer.status == problem["status"] == 429
        assert int(answer.headers["retry-after"]) >= 900
    assert problem["limit"] == "rate"
    assert "plan public, compté par adresse" in problem["detail"]
    assert "/auth/cles" in problem["detail"]
    # Another class, and a key of the platform, are not limited.
    assert await caller.status(BOARD, replica=3) == 200
    async with house.get(SEARCH, replica=3) as answer:
        assert answer.status == 200
        assert "ratelimit-limit" not in answer.headers
        assert "x-api-key" not in await answer.json()


async def _pages_go_on_while_a_greedy_caller_is_refused(caller: Caller) -> None:
    seen = [await caller.status(SEARCH) for _ in range(6)]
    assert seen[-1] == 429
    for replica in range(4):
        assert await caller.status("/", replica=replica) == 200
        assert await caller.status("/static/portail.css", replica=replica) == 200


async def _a_day_s_quota(caller: Caller) -> None:
    seen = [await caller.status("/mobilite/v1/feeds", replica=n % 4) for n in range(8)]
    assert seen == [200] * 5 + [429] * 3
    async with caller.get("/mobilite/v1/feeds") as answer:
        assert (await answer.json())["limit"] == "daily"
        assert 0 < int(answer.headers["retry-after"]) <= 86_400


async def _one_subscriber_of_ipv6(caller: Caller) -> None:
    seen = []
    for number in range(5):
        caller.address = f"2001:db8:1:2::{number}"
        seen.append(await caller.status(SEARCH))
    assert seen == [200] * 3 + [429] * 2
    caller.address = "2001:db8:1:3::1"
    assert await caller.status(SEARCH) == 200


async def _streams_are_counted_over_all_replicas(caller: Caller) -> None:
    first = await caller.get(STREAM, replica=0)
    second = await caller.get(STREAM, replica=1)
    assert first.status == second.status == 200
    async with caller.get(STREAM, replica=2) as third:
        assert third.status == 429
        assert "2 flux continus" in (await third.json())["detail"]
    first.close()

    async def opens() -> bool:
        async with caller.get(STREAM, replica=3) as answer:
            return bool(answer.status == 200)

    await until(opens)
    second.close()


async def _every_type_of_key(caller: Caller, database: str) -> None:
    good, narrow, raised = (compose_key(os.urandom(24)) for _ in range(3))

    async def answer(key: str, target: str = SEARCH, replica: int = 0) -> tuple[int, str | None]:
        caller.key = key
        async with caller.get(target, replica=replica) as got:
            return got.status, got.headers.get("ratelimit-limit")

    async with open_pool(database, application_name="test") as pool:
        keys = PostgresKeys(pool)
        for account, key, services in (
            ("plain", good, frozenset[str]()),
            ("narrow", narrow, frozenset({"portail"})),
            ("raised", raised, frozenset[str]()),
        ):
            held = ApiKey(account, account, "registered", services)
            await keys.open(Account(account, "", "", "", "", "1"), held, digest(key))
        assert await answer(good) == (200, "100")
        assert await answer(raised) == (200, "500")
        assert await answer(narrow) == (403, None)
        assert (await answer(narrow, "/"))[0] == 200
        for wrong in ("nonsense", good[:-1] + "?", compose_key(os.urandom(24))):
            assert (await answer(wrong))[0] == 401
        for replica in range(4):
            assert (await answer(good, replica=replica))[0] == 200
        await keys.revoke(ApiKey("plain", "plain", "registered"))

        async def refused_everywhere() -> bool:
            return all([(await answer(good, replica=replica))[0] == 401 for replica in range(4)])

        await until(refused_everywhere)
