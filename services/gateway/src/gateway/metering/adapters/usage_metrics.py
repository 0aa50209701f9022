"""Rate, errors, duration by route and plan; of pilots, what enough people did to be told.

https://prometheus.io/docs/practices/naming/
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Final

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

from gateway.metering.domain.k_anonymity import Amount, Cell, KAnonymousCounters
from gateway.metering.domain.usage import BUCKETS, Line, UsageAggregate
from gateway.metering.ports import ConsentLookup

TOLD_EVERY: Final = timedelta(minutes=10)
"""Cells of pilots are told at set times, so that the moment does not tell who was the last one."""

_PLANS: Final = ("route", "plan")
_PILOTS: Final = Cell._fields
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class UsageMetrics:
    """Implements `UsageRecorder`; a collector of prometheus_client. Counts up to the last fold."""

    def __init__(self, agreements: ConsentLookup) -> None:
        self._all = _ByPlan()
        self._in_pilots = KAnonymousCounters()
        self._agreements = agreements
        self._told_at = 0

    def add(self, fold: UsageAggregate, at: datetime) -> None:
        for kind, line in fold.lines.items():
            self._all.add((kind.route, kind.plan), kind.method, kind.status, line)
        self._tell(at)
        for (cell, person), line in fold.shares.items():
            done = Amount(line.count, line.bytes, line.answered, line.cpu_seconds)
            self._in_pilots.add(cell, person, done)

    def _tell(self, at: datetime) -> None:
        """What waited before the last set time. Where it is not known who agrees, it waits on."""
        turn = (at - _EPOCH) // TOLD_EVERY
        if turn > self._told_at and self._agreements.fresh():
            self._told_at = turn
            self._in_pilots.tell(self._agreements.given(), self._agreements.agrees)

    def collect(self) -> Iterator[Metric]:
        """What Prometheus asks for."""
        yield from self._all.collect()
        yield from _of_pilots(self._in_pilots)


def _of_pilots(held: KAnonymousCounters) -> Iterator[Metric]:
    """One set of labels for all, and neither methods nor buckets: every line of them is a cell,
    which enough people must have reached."""
    requests, sent, seconds, spent = (
        CounterMetricFamily(
            f"gateway_pilot_{name}",
            f"{what} In one pilot alone, told once 11 people or more made what is new.",
            labels=_PILOTS,
        )
        for name, what in (
            ("requests", "Exchanges that ended."),
            ("response_bytes", "Bytes of bodies sent."),
            ("response_seconds", "Time to answer, all together; for a stream, to its first byte."),
            ("response_cpu_seconds", "Processor time, the door's and its service's."),
        )
    )
    for cell, told in held.told.items():
        requests.add_metric(cell, told.requests)
        sent.add_metric(cell, told.bytes)
        seconds.add_metric(cell, told.seconds)
        if cell.processor == "known":
            spent.add_metric(cell, told.cpu_seconds)
    yield from (requests, sent, seconds, spent)


class _ByPlan:
    """Requests, bytes and durations by route and plan."""

    def __init__(self) -> None:
        self._requests: dict[tuple[str, ...], int] = {}
        self._bytes: dict[tuple[str, ...], int] = {}
        self._seconds: dict[tuple[str, ...], float] = {}
        self._buckets: dict[tuple[str, ...], list[int]] = {}

    def add(self, labels: tuple[str, ...], method: str, status: int, line: Line) -> None:
        request = (*labels, method, str(status))
        self._requests[request] = self._requests.get(request, 0) + line.count
        self._bytes[labels] = self._bytes.get(labels, 0) + line.bytes
        self._seconds[labels] = self._seconds.get(labels, 0.0) + line.answered
        former = self._buckets.get(labels) or [0] * len(line.buckets)
        self._buckets[labels] = [a + b for a, b in zip(former, line.buckets, strict=True)]

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "gateway_requests", "Exchanges that ended.", labels=[*_PLANS, "method", "status"]
        )
        for request, count in self._requests.items():
            requests.add_metric(request, count)
        sent = CounterMetricFamily("gateway_response_bytes", "Bytes of bodies sent.", labels=_PLANS)
        for labels, size in self._bytes.items():
            sent.add_metric(labels, size)
        yield requests
        yield sent
        yield self._durations()

    def _durations(self) -> Metric:
        durations = HistogramMetricFamily(
            "gateway_request_duration_seconds",
            "Time to answer; for a stream, time to its first byte.",
            labels=_PLANS,
        )
        ends = [*(f"{each:g}" for each in BUCKETS), "+Inf"]
        for labels, buckets in self._buckets.items():
            counted = list(zip(ends, accumulate(buckets), strict=True))
            durations.add_metric(labels, counted, self._seconds[labels])
        return durations
