"""The runner, through real processes: readiness, draining, exit codes, a trace over two hops."""

import asyncio
import json
import signal
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from toys import Start

from socle.auth import ISSUER, TOKEN_HEADER
from socle.testing import until


async def readiness(client: aiohttp.ClientSession, address: str) -> tuple[int, dict[str, Any]]:
    async with client.get(f"{address}/readyz") as answer:
        return answer.status, await answer.json()


async def test_a_service_is_alive_then_ready_and_shows_its_metrics(start: Start) -> None:
    toy = await start("api")
    address = await toy.address()
    async with aiohttp.ClientSession() as client:
        await toy.wait_for_line("Running")
        assert (await client.get(f"{address}/healthz")).status == 200
        assert await readiness(client, address) == (
            503,
            {"status": "not_ready", "checks": {"warmth": "pas encore chaud"}},
        )
        await client.post(f"{address}/warm")
        assert await readiness(client, address) == (
            200,
            {"status": "ready", "checks": {"warmth": None}},
        )
        metrics = await (await client.get(f"{address}/metrics")).text()
        head = await client.head(f"{address}/readyz")
        assert (head.status, await head.read()) == (200, b"")
    assert 'http_requests_total{method="POST",route="/warm",service="toy",status="200"}' in metrics
    assert "process_cpu_seconds_total" in metrics
    assert "/readyz" not in metrics
    toy.signal()
    assert await toy.ended() == 0
    assert {line["service"] for line in toy.lines} == {"toy"}
    assert {line["role"] for line in toy.lines} == {"api"}


async def test_every_application_requires_a_token_once_keys_are_set(
    start: Start, tmp_path: Path
) -> None:
    key = ECKey.generate_key("P-256")
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps({"keys": [key.as_dict(private=False) | {"kid": "k"}]}))
    toy = await start("api", REGIONLAB_GATEWAY_KEYS=str(jwks))
    address = await toy.address()
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": "toy",
        "nbf": now,
        "exp": now + 300,
        "role": "house",
        "sub": "",
    }
    token = jwt.encode({"alg": "ES256", "kid": "k"}, claims | {"scope": "", "plan": "public"}, key)
    async with aiohttp.ClientSession() as client:
        await toy.wait_for_line("Running")
        assert (await client.get(f"{address}/healthz")).status == 200
        assert (await client.get(f"{address}/metrics")).status == 200
        assert (await client.get(f"{address}/where")).status == 401
        assert (await client.get(f"{address}/openapi.json")).status == 401
        response = await client.get(f"{address}/where", headers={TOKEN_HEADER.decode(): token})
        assert response.status == 200
    assert not any("callers are not verified" in line["message"] for line in toy.lines)


async def test_without_keys_a_warning_is_logged(start: Start) -> None:
    toy = await start("api")
    address = await toy.address()
    async with aiohttp.ClientSession() as client:
        await toy.wait_for_line("Running")
        assert (await client.get(f"{address}/where")).status == 200
        assert (await client.get(f"{address}/where")).status == 200
    assert len([line for line in toy.lines if "callers are not verified" in line["message"]]) == 1


async def test_a_stop_ends_the_streams_and_answers_what_is_open(start: Start) -> None:
    toy = await start("api", REGIONLAB_GRACE_SECONDS="20")
    address = await toy.address()
    async with aiohttp.ClientSession() as client:
        await toy.wait_for_line("Running")
        stream = await client.get(f"{address}/stream")
        assert await stream.content.readline() == b"data: 1\n"
        long = asyncio.create_task(client.get(f"{address}/long"))
        await until(lambda: _open(client, address, 2))
        toy.signal()
        # The stream ends as a complete answer, not as a cut one.
        assert await stream.content.read() == b"\n"
        answer = await long
        assert await answer.json() == "done"
    assert await toy.ended() == 0


async def _open(client: aiohttp.ClientSession, address: str, number: int) -> bool:
    metrics = await (await client.get(f"{address}/metrics")).text()
    return f'http_requests_open{{service="toy"}} {number}.0' in metrics


async def test_while_draining_it_is_not_ready_but_answers(start: Start) -> None:
    toy = await start("api", REGIONLAB_DRAIN_SECONDS="300")
    address = await toy.address()
    async with aiohttp.ClientSession() as client:
        await toy.wait_for_line("Running")
        stream = await client.get(f"{address}/stream")
        toy.signal()
        await toy.wait_for_line("Stop requested by SIGTERM")
        assert (await readiness(client, address))[0] == 503
        assert (await readiness(client, address))[1]["status"] == "draining"
        assert (await client.get(f"{address}/where")).status == 200
        assert not stream.content.at_eof()
        toy.signal(signal.SIGINT)
        assert await toy.ended() == 0


async def test_a_second_signal_does_not_wait_for_what_is_open(start: Start) -> None:
    toy = await start("api", REGIONLAB_GRACE_SECONDS="300")
    address = await toy.address()
    async with aiohttp.ClientSession() as client:
        await toy.wait_for_line("Running")
        endless = asyncio.create_task(client.get(f"{address}/endless"))
        await until(lambda: _open(client, address, 1))
        toy.signal()
        await toy.wait_for_line("Stop requested")
        toy.signal()
        assert await toy.ended() == 0
        with pytest.raises(aiohttp.ClientError):
            await endless


async def test_the_grace_is_a_bound(start: Start) -> None:
    toy = await start("api", REGIONLAB_GRACE_SECONDS="1")
    address = await toy.address()
    async with aiohttp.ClientSession() as client:
        await toy.wait_for_line("Running")
        endless = asyncio.create_task(client.get(f"{address}/endless"))
        await until(lambda: _open(client, address, 1))
        toy.signal()
        assert await toy.ended() == 0
        await asyncio.gather(endless, return_exceptions=True)


async def test_a_trace_continues_over_two_processes(start: Start) -> None:
    behind = await start("api")
    front = await start("api", TOY_NEXT_HOP=await behind.address())
    address = await front.address()
    await behind.wait_for_line("Running")
    await front.wait_for_line("Running")
    caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"{address}/where", headers={"traceparent": caller}) as answer,
    ):
        first, second = await answer.json()
    assert first["trace"] == second["trace"] == "0af7651916cd43dd8448eb211c80319c"
    assert (first["parent"], second["parent"]) == ("b7ad6b7169203331", first["span"])
    for toy in (front, behind):
        await toy.wait_for_line("GET /where 200")
        (line,) = [line for line in toy.lines if line["message"] == "GET /where 200"]
        assert line["trace_id"] == first["trace"]
        assert line["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("role", "code", "words"),
    [
        ("ends", 70, "Task work ended, and none should"),
        ("raises", 70, "Task work ended, and none should"),
        ("away", 75, "What this service needs is not there"),
        ("refuses", 78, "la ligne 3 est illisible"),
        ("broken", 70, "Failed while starting"),
    ],
)
async def test_each_fate_has_its_exit_code(start: Start, role: str, code: int, words: str) -> None:
    toy = await start(role, REGIONLAB_START_SECONDS="0.3")
    assert await toy.ended() == code
    (line,) = [line for line in toy.lines if words in line["message"]]
    assert line["level"] in ("ERROR", "CRITICAL")
    if role == "raises":
        assert "the watchdog bit" in line["exc_info"]


async def test_what_was_opened_by_a_failed_attempt_is_closed(start: Start) -> None:
    toy = await start("late")
    await toy.wait_for_line("Running")
    toy.signal()
    assert await toy.ended() == 0
    assert [line["message"] for line in toy.lines if line["logger"] == "toy"] == [
        "closed 1",
        "closed 2",
        "closed 3",
    ]


async def test_while_starting_it_is_alive_and_can_be_stopped(start: Start) -> None:
    toy = await start("endless_start")
    address = await toy.address()
    async with aiohttp.ClientSession() as client:
        assert (await client.get(f"{address}/healthz")).status == 200
        assert (await readiness(client, address))[1]["status"] == "not_ready"
        answer = await client.get(f"{address}/where")
        assert (answer.status, answer.content_type) == (503, "application/problem+json")
        assert answer.headers["retry-after"]
    toy.signal()
    assert await toy.ended() == 0


async def test_what_does_not_close_does_not_hold_the_process(start: Start) -> None:
    toy = await start("stuck", REGIONLAB_GRACE_SECONDS="0.5")
    await toy.wait_for_line("Running")
    toy.signal()
    assert await toy.ended() == 70
    messages = [line["message"] for line in toy.lines]
    assert any("Resources are not closed" in message for message in messages)
    assert "A thread is still busy; ending without it" in messages


async def test_roles_share_a_process(start: Start) -> None:
    toy = await start()
    address = await toy.address()
    await toy.wait_for_line("Running")
    async with aiohttp.ClientSession() as client:
        assert set((await readiness(client, address))[1]["checks"]) == {"warmth", "other"}
    toy.signal(signal.SIGINT)
    assert await toy.ended() == 0
    assert toy.lines[0]["role"] == "all"


async def test_a_role_without_an_application_answers_not_found(start: Start) -> None:
    toy = await start("late")
    address = await toy.address()
    await toy.wait_for_line("Running")
    async with aiohttp.ClientSession() as client:
        assert (await client.get(f"{address}/where")).status == 404
        assert (await client.get(f"{address}/metrics")).status == 200


async def test_a_role_runs_with_the_garbage_collector(start: Start) -> None:
    toy = await start("collects")
    await toy.wait_for_line("Running")
    assert [line["message"] for line in toy.lines if line["message"].startswith("collector")] == [
        "collector on: True"
    ]


async def test_a_taken_address_is_retried(start: Start) -> None:
    first = await start("late")
    port = (await first.address()).rsplit(":", 1)[1]
    second = await start("late", TOY_PORT=port)
    assert await second.ended() == 75
    assert "déjà prise" in second.lines[-1]["message"]


async def test_an_address_of_elsewhere_is_a_mistake_in_the_settings(start: Start) -> None:
    toy = await start("late", REGIONLAB_HOST="192.0.2.1")
    assert await toy.ended() == 78
    assert "écouter à l'adresse 192.0.2.1:0" in toy.lines[-1]["message"]


async def test_all_unusable_settings_are_reported(start: Start) -> None:
    toy = await start("api", REGIONLAB_KAFKA="", TOY_PORT="x", TOY_PROT="1")
    assert toy.process.stderr is not None
    text = (await toy.process.stderr.read()).decode()
    assert await toy.ended() == 78
    assert "REGIONLAB_KAFKA : " in text
    assert "TOY_PORT : un nombre entier est attendu" in text
    assert "TOY_PROT : variable inconnue (vouliez-vous dire TOY_PORT ?)" in text


@pytest.mark.parametrize("arguments", [["nope"], ["api", "more"]])
async def test_an_unknown_role_shows_the_usage(start: Start, arguments: list[str]) -> None:
    toy = await start(*arguments)
    assert toy.process.stderr is not None
    text = (await toy.process.stderr.read()).decode()
    assert await toy.process.wait() == 64
    assert "python -m toy [api | ends" in text
