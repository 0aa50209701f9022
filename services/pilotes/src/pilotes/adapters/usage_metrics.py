"""What was heard of the trials, for Prometheus: how many events, and what became of them."""

from typing import Final

from prometheus_client import Counter

from pilotes.ports.usage import Ending, Kind

_EVENTS: Final = Counter(
    "pilotes_events",
    "Events of trials heard from the door. counted; repeated: known already; no_consent: none"
    " stands that covers it; nobody: it names no person; to_come: dated in the future, refused.",
    ["kind", "ending"],
)


class UsageMetrics:
    """Implements `UsageFigures`."""

    def heard(self, kind: Kind, ending: Ending, many: int = 1) -> None:
        if many:
            _EVENTS.labels(kind, ending).inc(many)
