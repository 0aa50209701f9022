"""The cost of a pilot: money and work as its holder declares them, energy estimated from
measurements."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """A declaration."""

    euros: float
    working_days: float
    watts_per_core: float | None = None
    """Of the machines, with the power of the room; None: unknown."""
    note: str = ""

    def watt_hours(self, cpu_seconds: float) -> float | None:
        """Estimated energy of that much time of one core; the processor alone."""
        return None if self.watts_per_core is None else cpu_seconds * self.watts_per_core / 3600
