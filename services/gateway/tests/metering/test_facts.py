"""What a service says happened reaches the pilots' count, in a word of the contract, and nobody
else."""

import aiohttp
import pytest
from gateway_world import MemoryUsageLedger, World
from pilot_consents import agreed

from gateway.facts.domain import fact_in
from gateway.metering.adapters.usage_metrics import UsageMetrics
from gateway.metering.flows import UsageMeter
from gateway.routes.domain.request_context import RequestContext
from socle.clock import SystemClock
from socle.http import FACT_HEADER, Receive, Scope, Send
from socle.testing import until

NAME = FACT_HEADER.decode()
PSEUDONYM = "0b6d7c5a3f1e9d8c" * 4


async def assign(context: RequestContext) -> None:
    """Everybody takes part."""
    context.arms = {"alertes": "prevenu"}


def metered(ledger: MemoryUsageLedger) -> UsageMeter:
    return UsageMeter(
        ledger,
        UsageMetrics(agreed({})),
        replica="r",
        clock=SystemClock(),
        parts=lambda context: [(pilot, arm, PSEUDONYM) for pilot, arm in context.arms.items()],
    )


async def reports(scope: Scope, receive: Receive, send: Send) -> None:
    """Names the facts of the query; `/echo/stream` goes on until its caller goes."""
    facts = [each for each in scope["query_string"].split(b"&") if each]
    headers = [(FACT_HEADER, each) for each in facts]
    streaming = scope["path"].endswith("/stream")
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok", "more_body": streaming})
    while streaming and (await receive())["type"] != "http.disconnect":
        continue


async def test_a_fact_is_counted_for_the_pilot_and_never_forwarded(
    world: World, client: aiohttp.ClientSession
) -> None:
    ledger = MemoryUsageLedger()
    meter = metered(ledger)
    gateway = await world.gateway(await world.application(reports), then=(assign,), meter=meter)
    claimed = {NAME: "summary-opened"}  # a caller cannot say what happened
    for query in ("board-watched", "board-watched", "diabetes", "alert-read&summary-opened", ""):
        async with client.get(f"{gateway.address}/echo/a?{query}", headers=claimed) as answer:
            assert await answer.read() == b"ok"
            assert NAME not in answer.headers
    await meter.close()
    (answered,) = [record.in_pilots for record in ledger.records if record.in_pilots]
    assert {(line.fact, line.count) for line in answered} == {("board-watched", 2), (None, 3)}
    assert "diabetes" not in str(ledger.records)


async def test_a_stream_counts_once_its_watcher_has_gone(
    world: World, client: aiohttp.ClientSession
) -> None:
    ledger = MemoryUsageLedger()
    meter = metered(ledger)
    gateway = await world.gateway(await world.application(reports), then=(assign,), meter=meter)
    answer = await client.get(f"{gateway.address}/echo/stream?alert-read")
    assert await answer.content.readany() == b"ok"
    answer.close()

    async def counted() -> bool:
        await meter.close()
        return any(line.fact == "alert-read" for r in ledger.records for line in r.in_pilots)

    await until(counted)


@pytest.mark.parametrize("value", [b"", b"Board-Watched", b"board-watched ", b"\xff", b"a, b"])
def test_a_word_outside_the_contract_is_no_fact(value: bytes) -> None:
    assert fact_in([(FACT_HEADER, value)], FACT_HEADER) is None
