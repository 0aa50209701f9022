"""What a leg and a journey emit: greenhouse gases, nitrogen oxides, particles.

Code des transports, L.1115-8-1 and D.1115-21: each itinerary shows the three, and the one with the
least greenhouse gases is put forward. None stands for unknown, which is never 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Pollutant = Literal["co2e_g", "nox_mg", "pm10_mg"]
DETOUR: Final = 1.1
"""How much longer a ride without shape counts than the straight lines between its stops. The
median of the shapes of three real feeds: buses 1.07 and 1.13, trains 1.08."""
POLLUTANTS: Final[tuple[Pollutant, ...]] = ("co2e_g", "nox_mg", "pm10_mg")


@dataclass(frozen=True, slots=True)
class Emissions:
    """What one passenger's travel emits."""

    co2e_g: float | None
    """Grams of CO2 equivalent, of operation and of supplying its energy."""
    nox_mg: float | None
    """Milligrams of nitrogen oxides, of operation; so are the particles."""
    pm10_mg: float | None

    def times(self, factor: float) -> "Emissions":
        """These emissions, multiplied."""
        return Emissions(*(_product(getattr(self, name), factor) for name in POLLUTANTS))


UNKNOWN: Final = Emissions(None, None, None)


@dataclass(frozen=True, slots=True)
class JourneyEmissions:
    """The sum over the legs of a journey."""

    total: Emissions
    """Unknown where it is unknown for any leg."""
    unknown_legs: Mapping[Pollutant, tuple[int, ...]]
    """The positions of those legs, for each pollutant that is unknown."""


def emissions_of_journey(legs: Sequence[Emissions]) -> JourneyEmissions:
    """The emissions of a journey with these legs."""
    unknown = {
        name: missing
        for name in POLLUTANTS
        if (missing := tuple(i for i, leg in enumerate(legs) if getattr(leg, name) is None))
    }
    return JourneyEmissions(Emissions(*(_sum(legs, name) for name in POLLUTANTS)), unknown)


def lowest(totals: Sequence[Emissions]) -> tuple[int, ...]:
    """The positions of the journeys with the least CO2e, of those where it is known; several if
    they are equal as they are displayed."""
    grams = {
        i: _displayed(total.co2e_g) for i, total in enumerate(totals) if total.co2e_g is not None
    }
    least = min(grams.values(), default=0)
    return tuple(i for i, value in grams.items() if value == least)


def _displayed(grams: float) -> int:
    """Grams in the two or three digits that are displayed: no factor is known more exactly."""
    unit = 1 if grams < 100 else 10 if grams < 995 else 100
    return round(grams / unit) * unit


def _product(amount: float | None, factor: float) -> float | None:
    return None if amount is None else amount * factor


def _sum(legs: Sequence[Emissions], name: Pollutant) -> float | None:
    amounts = [getattr(leg, name) for leg in legs]
    return None if None in amounts else float(sum(amounts))
