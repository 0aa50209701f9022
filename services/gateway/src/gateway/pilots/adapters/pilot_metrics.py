"""Prometheus metrics of the pilots: how many there are, and whether arms are assigned."""

from collections import Counter as Tally
from collections.abc import Callable
from typing import Final, get_args

from prometheus_client import Counter, Gauge

from gateway.pilots.domain.pilots import Pilots, State

_PILOTS: Final = Gauge(
    "gateway_pilots", "Pilots by state; refused: published, but unusable.", ["state"]
)
_ASSIGNING: Final = Gauge(
    "gateway_pilots_given",
    "1 while arms are assigned, 0 otherwise.",
)
_REFUSED: Final = Counter("gateway_pilots_refused", "Times a pilot was found unusable.")
_LOST: Final = Counter("gateway_facts_lost", "Events dropped: the queue was full.", ["topic"])


class PilotMetrics:
    """Implements `PilotRecorder`."""

    def __init__(self) -> None:
        self._refused: dict[str, str] = {}

    def update(self, pilots: Pilots) -> None:
        tally = Tally(p.state for p in pilots.by_id.values() if p.id not in pilots.refused)
        for state in get_args(State):
            _PILOTS.labels(state).set(tally[state])
        _PILOTS.labels("refused").set(len(pilots.refused))
        refused = dict(pilots.refused)
        _REFUSED.inc(sum(self._refused.get(name) != why for name, why in refused.items()))
        self._refused = refused


def set_assigning_gauge(assigning: Callable[[], bool]) -> None:
    """Set the function that is evaluated at each scrape: whether arms are assigned."""
    _ASSIGNING.set_function(assigning)


def count_lost(topic: str) -> None:
    """Implements `OnLost`."""
    _LOST.labels(topic).inc()
