"""What a pilot costs: money and work as its holder states them, energy estimated from what was
measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """As stated. `watts_per_core`: of the machines, power of the room included; None: not known."""

    euros: float
    working_days: float
    watts_per_core: float | None = None
    note: str = ""

    def watt_hours(self, cpu_seconds: float) -> float | None:
        """Estimated: of so much time of one core, the processor alone."""
        return None if self.watts_per_core is None else cpu_seconds * self.watts_per_core / 3600
