"""What was heard of the trials, for Prometheus: how many events, and what became of them."""

from collections.abc import Mapping
from typing import Final

from prometheus_client import Counter, Gauge

from pilotes.usage.ports import Ending, Kind

_EVENTS: Final = Counter(
    "pilotes_events",
    "Events of trials heard from the door. counted; repeated: known already; no_consent: none"
    " stands that covers it; nobody: it names no person; to_come: of another time, refused.",
    ["kind", "ending"],
)
_PEOPLE: Final = Gauge(
    "pilotes_people",
    "People each arm of a trial has reached, in steps of k, absent below (11 for health, else 5).",
    ["pilot", "arm"],
)


class UsageMetrics:
    """Implements `UsageFigures`."""

    def heard(self, kind: Kind, ending: Ending, many: int = 1) -> None:
        if many:
            _EVENTS.labels(kind, ending).inc(many)

    def reached(self, people: Mapping[tuple[str, str], int]) -> None:
        _PEOPLE.clear()
        for (pilot, arm), many in people.items():
            _PEOPLE.labels(pilot, arm).set(many)
