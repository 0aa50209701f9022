"""The Prometheus metric of what written resources are warned about (decision 96)."""

from collections.abc import Iterable

from prometheus_client import Counter

from esante.core.domain.outcome import Issue

_WARNINGS = Counter(
    "esante_write_warnings_total",
    "Warnings about written resources, by topic: display, code, unit, system, bundle...",
    ["topic"],
)


def count_warnings(warnings: Iterable[Issue]) -> None:
    """Those warnings were given. Their topics are those of `validation.domain.findings.Topic`."""
    for each in warnings:
        _WARNINGS.labels(each.topic).inc()
