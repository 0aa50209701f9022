"""Rate, errors, duration by route, plan and pilot, from the same folds as the metering events.

https://prometheus.io/docs/practices/naming/
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

from prometheus_client.core import (
    CounterMetricFamily,
    HistogramMetricFamily,
    Metric,
    SummaryMetricFamily,
)

from gateway.domain.served import BUCKETS, Fold, Line

_PLANS: Final = ("route", "plan")
_PILOTS: Final = ("route", "pilot", "arm")


class RedFigures:
    """Implements `ServedFigures`; a collector of prometheus_client. Counts up to the last fold."""

    def __init__(self) -> None:
        self._all = _Family("gateway", "", _PLANS)
        self._in_pilots = _Family("gateway_pilot", " In pilots, pilot by pilot.", _PILOTS)

    def add(self, fold: Fold) -> None:
        for kind, line in fold.lines.items():
            self._all.add((kind.route, kind.plan), kind.method, kind.status, line)
        for part, line in fold.in_pilots.items():
            pilot, arm, _ = part.part
            self._in_pilots.add((part.route, pilot, arm), part.method, part.status, line)

    def collect(self) -> Iterator[Metric]:
        """What Prometheus asks for."""
        yield from self._all.collect()
        yield from self._in_pilots.collect()
        yield self._in_pilots.processor()


class _Family:
    """Requests, bytes and durations by some labels."""

    def __init__(self, prefix: str, of: str, labels: Sequence[str]) -> None:
        self._prefix, self._of, self._names = prefix, of, labels
        self._requests: dict[tuple[str, ...], int] = {}
        self._bytes: dict[tuple[str, ...], int] = {}
        self._seconds: dict[tuple[str, ...], float] = {}
        self._buckets: dict[tuple[str, ...], list[int]] = {}
        self._processor: dict[tuple[str, ...], tuple[int, float]] = {}

    def add(self, labels: tuple[str, ...], method: str, status: int, line: Line) -> None:
        request = (*labels, method, str(status))
        self._requests[request] = self._requests.get(request, 0) + line.count
        self._bytes[labels] = self._bytes.get(labels, 0) + line.bytes
        self._seconds[labels] = self._seconds.get(labels, 0.0) + line.answered
        measured, spent = self._processor.get(labels, (0, 0.0))
        self._processor[labels] = (measured + line.measured, spent + line.cpu_seconds)
        former = self._buckets.get(labels) or [0] * len(line.buckets)
        self._buckets[labels] = [a + b for a, b in zip(former, line.buckets, strict=True)]

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            f"{self._prefix}_requests",
            f"Exchanges that ended.{self._of}",
            labels=[*self._names, "method", "status"],
        )
        for request, count in self._requests.items():
            requests.add_metric(request, count)
        sent = CounterMetricFamily(
            f"{self._prefix}_response_bytes", f"Bytes of bodies sent.{self._of}", labels=self._names
        )
        for labels, size in self._bytes.items():
            sent.add_metric(labels, size)
        yield requests
        yield sent
        yield self._durations()

    def processor(self) -> Metric:
        """What is measured in pilots alone."""
        spent = SummaryMetricFamily(
            f"{self._prefix}_request_cpu_seconds",
            f"Processor time, the door's and its service's.{self._of}",
            labels=self._names,
        )
        for labels, (count, seconds) in self._processor.items():
            spent.add_metric(labels, count_value=count, sum_value=seconds)
        return spent

    def _durations(self) -> Metric:
        durations = HistogramMetricFamily(
            f"{self._prefix}_request_duration_seconds",
            f"Time to answer; for a stream, time to its first byte.{self._of}",
            labels=self._names,
        )
        ends = [*(f"{each:g}" for each in BUCKETS), "+Inf"]
        for labels, buckets in self._buckets.items():
            counted = list(zip(ends, accumulate(buckets), strict=True))
            durations.add_metric(labels, counted, self._seconds[labels])
        return durations
