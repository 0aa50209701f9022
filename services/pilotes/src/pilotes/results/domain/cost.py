"""The cost of a pilot: money and work as its holder declares them, energy estimated from
measurements."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """A declared cost of one pilot, from its beginning."""

    euros: float
    """Expenses."""
    working_days: float
    watts_per_core: float | None = None
    """Power of one processor core, with its share of the machine and the room; None: unknown."""
    note: str = ""

    def watt_hours(self, cpu_seconds: float) -> float | None:
        """Estimated energy of that much processor time; None if the power is unknown."""
        return None if self.watts_per_core is None else cpu_seconds * self.watts_per_core / 3600
