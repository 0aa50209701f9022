"""Rate, errors and duration by route and plan; for pilots, k-anonymous figures.

https://prometheus.io/docs/practices/naming/
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Final

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

from gateway.metering.domain.k_anonymity import Amount, Cell, KAnonymousCounters
from gateway.metering.domain.usage import BUCKETS, UsageAggregate, UsageTotals
from gateway.metering.ports import ConsentLookup

PUBLISH_EVERY: Final = timedelta(minutes=10)
"""Cells are published at fixed times, so that the time does not identify the last person."""

_PLAN_LABELS: Final = ("route", "plan")
_CELL_LABELS: Final = Cell._fields
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class UsageMetrics:
    """Implements `UsageRecorder`; a collector of prometheus_client."""

    def __init__(self, consents: ConsentLookup) -> None:
        self._by_plan = _ByPlan()
        self._in_pilots = KAnonymousCounters()
        self._consents = consents
        self._published_period = 0

    def add(self, aggregate: UsageAggregate, at: datetime) -> None:
        for key, line in aggregate.lines.items():
            self._by_plan.add((key.route, key.plan), key.method, key.status, line)
        # First, so that what this aggregate brings waits for the next period.
        self._publish(at)
        for (cell, person), line in aggregate.cell_people.items():
            amount = Amount(line.count, line.bytes, line.answered, line.cpu_seconds)
            self._in_pilots.add(cell, person, amount)

    def _publish(self, at: datetime) -> None:
        """Publish the waiting counts once a period; later if the consents are not up to date."""
        period = (at - _EPOCH) // PUBLISH_EVERY
        if period > self._published_period and self._consents.fresh():
            self._published_period = period
            self._in_pilots.publish(self._consents.assigning(), self._consents.has_consent)

    def collect(self) -> Iterator[Metric]:
        """The metrics of a scrape."""
        yield from self._by_plan.collect()
        yield from _pilot_metrics(self._in_pilots)


def _pilot_metrics(counters: KAnonymousCounters) -> Iterator[Metric]:
    """The published figures of pilots. They have no methods or buckets: every set of labels is a
    cell, which needs enough people."""
    requests, sent, seconds, cpu_seconds = (
        CounterMetricFamily(
            f"gateway_pilot_{name}",
            f"{help_text} Of exactly one pilot; added once 11 people or more made the new ones.",
            labels=_CELL_LABELS,
        )
        for name, help_text in (
            ("requests", "Exchanges that ended."),
            ("response_bytes", "Bytes of bodies sent."),
            ("response_seconds", "Time to answer, all together; for a stream, to its first byte."),
            ("response_cpu_seconds", "CPU time of the gateway and of the service."),
        )
    )
    for cell, published in counters.published.items():
        requests.add_metric(cell, published.requests)
        sent.add_metric(cell, published.bytes)
        seconds.add_metric(cell, published.seconds)
        if cell.processor == "known":
            cpu_seconds.add_metric(cell, published.cpu_seconds)
    yield from (requests, sent, seconds, cpu_seconds)


class _ByPlan:
    """Requests, bytes and durations of all exchanges. `labels`: route and plan, in this order."""

    def __init__(self) -> None:
        self._requests: dict[tuple[str, ...], int] = {}
        self._bytes: dict[tuple[str, ...], int] = {}
        self._seconds: dict[tuple[str, ...], float] = {}
        self._buckets: dict[tuple[str, ...], list[int]] = {}

    def add(self, labels: tuple[str, ...], method: str, status: int, line: UsageTotals) -> None:
        request = (*labels, method, str(status))
        self._requests[request] = self._requests.get(request, 0) + line.count
        self._bytes[labels] = self._bytes.get(labels, 0) + line.bytes
        self._seconds[labels] = self._seconds.get(labels, 0.0) + line.answered
        former = self._buckets.get(labels) or [0] * len(line.buckets)
        self._buckets[labels] = [a + b for a, b in zip(former, line.buckets, strict=True)]

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "gateway_requests", "Exchanges that ended.", labels=[*_PLAN_LABELS, "method", "status"]
        )
        for request, count in self._requests.items():
            requests.add_metric(request, count)
        sent = CounterMetricFamily(
            "gateway_response_bytes", "Bytes of bodies sent.", labels=_PLAN_LABELS
        )
        for labels, size in self._bytes.items():
            sent.add_metric(labels, size)
        yield requests
        yield sent
        yield self._durations()

    def _durations(self) -> Metric:
        durations = HistogramMetricFamily(
            "gateway_request_duration_seconds",
            "Time to answer; for a stream, time to its first byte.",
            labels=_PLAN_LABELS,
        )
        upper_bounds = [*(f"{each:g}" for each in BUCKETS), "+Inf"]
        for labels, buckets in self._buckets.items():
            counted = list(zip(upper_bounds, accumulate(buckets), strict=True))
            durations.add_metric(labels, counted, self._seconds[labels])
        return durations
