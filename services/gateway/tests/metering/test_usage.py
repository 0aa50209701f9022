"""Usage, aggregated and published: sums are complete, and no line links people."""

from collections.abc import Sequence
from datetime import UTC, datetime

from gateway_world import ECHO, MemoryUsageLedger
from pilot_consents import agreed

from gateway.callers.domain.access import OPEN
from gateway.metering.adapters.usage_metrics import UsageMetrics
from gateway.metering.domain.usage import PilotPart
from gateway.metering.flows import UsageMeter
from gateway.quotas.domain.quota_subject import SUBJECT
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.domain.routes import Route
from socle.clock import ManualClock

AT = datetime(2026, 3, 2, 7, 18, 11, 204511, tzinfo=UTC)
ROUTE = Route("/echo/a", ECHO, OPEN, plan_class="board")


def context(account: str, arms: dict[str, str]) -> RequestContext:
    return RequestContext(ROUTE, "GET", "/echo/a", "192.0.2.1", {}, account=account, arms=arms)


def parts(context: RequestContext) -> Sequence[PilotPart]:
    return [(pilot, arm, f"{pilot} knows {context.account}") for pilot, arm in context.arms.items()]


def meter(ledger: MemoryUsageLedger, figures: UsageMetrics, *, max_keys: int = 100) -> UsageMeter:
    clock = ManualClock(AT)
    return UsageMeter(ledger, figures, replica="r", clock=clock, parts=parts, max_keys=max_keys)


def count(meter: UsageMeter, context: RequestContext, *, size: int = 10) -> None:
    meter.count("/echo/a", "GET", 200, context=context, size=size, seconds=0.5, answered=0.1)


async def test_no_line_joins_an_account_and_a_pilot_or_two_pilots() -> None:
    ledger, figures = MemoryUsageLedger(), UsageMetrics(agreed({}))
    counted = meter(ledger, figures)
    both = context("key-1", {"alertes": "on", "bornes": "off"})
    for _ in range(3):
        count(counted, both)
    count(counted, context(SUBJECT + "someone", {"alertes": "off"}))
    await counted.close()
    lines = [line for record in ledger.records for line in record.lines]
    body = [line for record in ledger.records for line in record.in_pilots]
    assert sorted((line.account is None, line.count, line.bytes) for line in lines) == [
        (False, 3, 30),
        (True, 1, 10),
    ]
    assert [(each.pilot_id, each.arm, each.pseudonym, each.count) for each in body] == [
        ("alertes", "off", f"alertes knows {SUBJECT}someone", 1),
        ("alertes", "on", "alertes knows key-1", 3),
        ("bornes", "off", "bornes knows key-1", 3),
    ]
    assert {each.first for each in body} == {AT.replace(microsecond=0)}
    for record in ledger.records:
        assert not (record.lines and record.in_pilots)


async def test_past_the_bound_nothing_is_left_out_but_who_it_was() -> None:
    ledger, figures = MemoryUsageLedger(), UsageMetrics(agreed({}))
    counted = meter(ledger, figures, max_keys=2)
    for number in range(10):
        count(counted, context(f"key-{number}", {"alertes": "on"}))
    await counted.close()
    lines = [line for record in ledger.records for line in record.lines]
    body = [line for record in ledger.records for line in record.in_pilots]
    assert (sum(line.count for line in lines), len(lines)) == (10, 3)
    assert (sum(each.count for each in body), len(body)) == (10, 3)
    assert {each.pseudonym is None: each.count for each in body} == {True: 8, False: 1}


async def test_figures_by_plan_count_every_exchange_and_those_of_pilots_wait() -> None:
    ledger, figures = MemoryUsageLedger(), UsageMetrics(agreed({"alertes": []}))
    counted = meter(ledger, figures)
    for arms in ({}, {"alertes": "on"}, {"alertes": "on", "bornes": "off"}):
        count(counted, context("key-1", arms))
    await counted.close()
    found = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for metric in figures.collect()
        for sample in metric.samples
    }
    request = (("method", "GET"), ("plan", "public"), ("route", "/echo/a"), ("status", "200"))
    assert found["gateway_requests_total", *request] == 3
    assert not [name for name, *_ in found if name.startswith("gateway_pilot_")]
