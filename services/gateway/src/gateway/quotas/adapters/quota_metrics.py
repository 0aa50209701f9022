"""Metric: whether the limits are shared or applied by each replica alone."""

from typing import Final

from prometheus_client import Gauge

AWAY: Final = Gauge(
    "gateway_plans_alone", "1 while this replica holds the plans' limits without the others."
)


def record_away(away: bool) -> None:
    """Record whether the shared buckets are unreachable."""
    AWAY.set(away)
