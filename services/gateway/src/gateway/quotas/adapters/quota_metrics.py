"""Whether limits are held together or by each replica alone."""

from typing import Final

from prometheus_client import Gauge

AWAY: Final = Gauge(
    "gateway_plans_alone", "1 while this replica holds the plans' limits without the others."
)


def tell_away(away: bool) -> None:
    """The shared buckets went, or came back."""
    AWAY.set(away)
