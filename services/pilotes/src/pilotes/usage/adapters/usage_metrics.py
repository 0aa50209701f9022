"""Counts of the gateway's events and of participants, for Prometheus."""

from collections.abc import Mapping
from typing import Final

from prometheus_client import Counter, Gauge

from pilotes.usage.ports import EventOutcome, EventType

_EVENTS: Final = Counter(
    "pilotes_events",
    "Events of trials received from the gateway. counted; repeated: stored already; no_consent: no"
    " active consent covers it; nobody: without a pseudonym; to_come: refused, dated in the future"
    " or before the pilots.",
    ["kind", "ending"],
)
_PEOPLE: Final = Gauge(
    "pilotes_people",
    "People each arm of a trial has reached, in steps of k, absent below (11 for health, else 5).",
    ["pilot", "arm"],
)


class UsageMetrics:
    """Implements `UsageCounters`."""

    def count_events(self, event_type: EventType, outcome: EventOutcome, many: int = 1) -> None:
        if many:
            _EVENTS.labels(event_type, outcome).inc(many)

    def set_participants(self, people: Mapping[tuple[str, str], int]) -> None:
        _PEOPLE.clear()
        for (pilot, arm), many in people.items():
            _PEOPLE.labels(pilot, arm).set(many)
