"""Metric: whether this replica applies the limits alone."""

from typing import Final

from prometheus_client import Gauge

LOCAL_LIMITS: Final = Gauge(
    "gateway_plans_alone",
    "1 while the shared buckets are unreachable and this replica applies the plans' limits alone.",
)


def record_local_limits(active: bool) -> None:
    """Record whether this replica applies the limits alone."""
    LOCAL_LIMITS.set(active)
