"""Rate, errors, duration by route, plan and pilot, from the same folds as the metering events.

https://prometheus.io/docs/practices/naming/
"""

from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

from gateway.domain.served import BUCKETS, Fold, Kind

_LABELS: Final = ["route", "plan", "pilot", "arm"]
_Labels = tuple[str, str, str, str]


class RedFigures:
    """Implements `ServedFigures`; a collector of prometheus_client. Counts up to the last fold."""

    def __init__(self) -> None:
        self._requests: dict[tuple[_Labels, str, str], int] = {}
        self._bytes: dict[_Labels, int] = {}
        self._seconds: dict[_Labels, float] = {}
        self._buckets: dict[_Labels, list[int]] = {}

    def add(self, fold: Fold) -> None:
        for kind, line in fold:
            labels = _labels(kind)
            request = labels, kind.method, str(kind.status)
            self._requests[request] = self._requests.get(request, 0) + line.count
            self._bytes[labels] = self._bytes.get(labels, 0) + line.bytes
            self._seconds[labels] = self._seconds.get(labels, 0.0) + line.answered
            former = self._buckets.get(labels) or [0] * len(line.buckets)
            self._buckets[labels] = [a + b for a, b in zip(former, line.buckets, strict=True)]

    def collect(self) -> Iterator[Metric]:
        """What Prometheus asks for."""
        requests = CounterMetricFamily(
            "gateway_requests", "Exchanges that ended.", labels=[*_LABELS, "method", "status"]
        )
        for (labels, method, status), count in self._requests.items():
            requests.add_metric([*labels, method, status], count)
        sent = CounterMetricFamily(
            "gateway_response_bytes", "Bytes of bodies sent.", labels=_LABELS
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
            labels=_LABELS,
        )
        ends = [*(f"{each:g}" for each in BUCKETS), "+Inf"]
        for labels, buckets in self._buckets.items():
            counted = list(zip(ends, accumulate(buckets), strict=True))
            durations.add_metric(labels, counted, self._seconds[labels])
        return durations


def _labels(kind: Kind) -> _Labels:
    pilots = "+".join(pilot for pilot, _, _ in kind.parts)
    return kind.route, kind.plan, pilots, "+".join(arm for _, arm, _ in kind.parts)
