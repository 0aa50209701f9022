"""What a pilot costs, in money, work and energy, as its holder states it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """`cpu_seconds` and `requests`: of all services over one and the same stretch, as monitoring
    counts them (`process_cpu_seconds_total`, `gateway_requests_total`); `watts_per_core`: of the
    machines, power of the room included; None: not known."""

    euros: float
    working_days: float
    cpu_seconds: float
    requests: int
    watts_per_core: float | None = None
    note: str = ""

    @property
    def cpu_seconds_per_request(self) -> float | None:
        """Of any useful request."""
        return self.cpu_seconds / self.requests if self.requests else None

    @property
    def watt_hours_per_thousand(self) -> float | None:
        """Estimated: of a thousand requests, the processor alone."""
        seconds = self.cpu_seconds_per_request
        if seconds is None or self.watts_per_core is None:
            return None
        return 1000 * seconds * self.watts_per_core / 3600
