"""Prometheus metrics of exports."""

from typing import Final

from prometheus_client import Counter

_EXPORTS: Final = Counter(
    "esante_exports_total",
    "Exports of bulk data, by event: requested, completed, failed, cancelled.",
    ["event"],
)
_RESOURCES: Final = Counter(
    "esante_export_resources_total", "Resources and deletions written to files of exports."
)
_BYTES: Final = Counter(
    "esante_export_bytes_total", "Uncompressed bytes written to files of exports."
)


def count_export(event: str) -> None:
    """That happened to an export."""
    _EXPORTS.labels(event).inc()


def count_written(resources: int, size: int) -> None:
    """So many resources were written, with so many bytes."""
    _RESOURCES.inc(resources)
    _BYTES.inc(size)
