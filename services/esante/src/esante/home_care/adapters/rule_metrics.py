"""Prometheus metrics of the rules of home care."""

from prometheus_client import Counter, Gauge

_EVALUATIONS = Counter(
    "esante_rule_outcomes_total",
    "What the rules of home care did: evaluated, raised, ended, unknown, withheld.",
    ["outcome"],
)
_REJECTED = Counter(
    "esante_rule_readings_rejected_total",
    "Readings that no rule can use: old, refused.",
    ["reason"],
)
_OVERDUE = Gauge(
    "esante_rules_overdue_seconds",
    "How long the patient who has waited longest is due; 0: nobody is.",
)


def count_outcome(outcome: str) -> None:
    """One more."""
    _EVALUATIONS.labels(outcome).inc()


def count_rejected(reason: str, number: int) -> None:
    """So many more readings are set aside."""
    _REJECTED.labels(reason).inc(number)


def report_overdue(seconds: float) -> None:
    """Set the gauge."""
    _OVERDUE.set(seconds)
