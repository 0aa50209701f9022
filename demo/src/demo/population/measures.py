"""Observations of two years: monthly, then daily or twice daily in the last month.

Values stay near a base of the patient, with noise and, if it is planted, a drift.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from demo.population.resource import (
    LOINC,
    UCUM,
    Element,
    Resource,
    concept,
    fr_core,
    hl7_concept,
    instant,
    reference,
    resource,
)
from demo.population.situations import Situation

HISTORY_MONTHS: Final = 24
DAILY: Final = 30
"""Days of daily measures."""
TWICE_DAILY: Final = 7
"""Days of two measures a day."""
_QUIET_DAYS: Final = 3
"""Days without a step where `no-activity` is planted."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured: its code, unit and usual values."""

    code: str
    text: str
    unit: str
    ucum: str
    profile: str | None
    category: str
    low: float
    high: float
    """Bases of patients are between these."""
    noise: float
    digits: int


MEASURES: Final = {
    "weight": Measure(
        "29463-7", "Poids", "kg", "kg", "fr-core-observation-body-weight", "vital-signs",
        52, 88, 0.25, 1,
    ),
    "blood_pressure": Measure(
        "85354-9", "Pression artérielle", "mmHg", "mm[Hg]", "fr-core-observation-bp",
        "vital-signs", 116, 129, 4, 0,
    ),
    "heart_rate": Measure(
        "8867-4", "Fréquence cardiaque", "/min", "/min", "fr-core-observation-heartrate",
        "vital-signs", 62, 80, 4, 0,
    ),
    "oxygen": Measure(
        "2708-6", "Saturation en oxygène", "%", "%", "fr-core-observation-saturation-oxygen",
        "vital-signs", 92, 96, 0.8, 0,
    ),
    "glucose": Measure(
        "2339-0", "Glycémie capillaire", "mg/dL", "mg/dL", None, "laboratory", 110, 165, 18, 0,
    ),
    "steps": Measure(
        "41950-7", "Nombre de pas en 24 heures", "pas", "{steps}/(24.h)", None, "activity",
        900, 4200, 350, 0,
    ),
}  # fmt: skip


def observations(of: Situation) -> Iterator[Resource]:
    """The Observations of a patient, the oldest first within each measure."""
    for name in (*of.measures, *(("steps",) if of.is_connected else ())):
        chance = of.chance(name)
        base = base_value(of, name)
        for day, hour in _times(of, name):
            value = base + chance.gauss(0, MEASURES[name].noise) + drift(of, name, day)
            yield observation(of, name, value, day, hour, chance)


def base_value(of: Situation, name: str) -> float:
    """The value around which a measure of the patient varies."""
    measure = MEASURES[name]
    return of.chance(f"{name}-base").uniform(measure.low, measure.high)


def observation(
    of: Situation, name: str, value: float, day: date, hour: int, chance: Random
) -> Resource:
    """One Observation. `value`: the systolic one for blood pressure."""
    return resource(
        "Observation",
        f"{of.person.id}-{name.replace('_', '-')}-{day:%y%m%d}{hour:02}",
        **observation_elements(of, name, value, instant(day, hour, chance.randint(0, 29)), chance),
    )


def observation_elements(
    of: Situation, name: str, value: float, at: str, chance: Random
) -> dict[str, Any]:
    """The elements of one Observation. `at`: when it was measured."""
    measure = MEASURES[name]
    elements: dict[str, Any] = {
        "meta": fr_core(measure.profile) if measure.profile else None,
        "status": "final",
        "category": [hl7_concept("observation-category", measure.category)],
        "code": concept(LOINC, measure.code, measure.text),
        "subject": reference("Patient", of.person.id),
        "effectiveDateTime": at,
        "performer": [reference("Patient", of.person.id)],
    }
    if name == "oxygen":
        elements["code"]["coding"].append({"system": LOINC, "code": "59408-5"})
        value = min(value, 99.0)
    if name == "blood_pressure":
        diastolic = value * 0.6 + chance.gauss(0, 2)
        return elements | {
            "component": [
                _component("8480-6", "Systolique", measure, value),
                _component("8462-4", "Diastolique", measure, diastolic),
            ]
        }
    return elements | {"valueQuantity": _quantity(measure, max(value, 0.0))}


def _component(code: str, text: str, measure: Measure, value: float) -> Element:
    return {"code": concept(LOINC, code, text), "valueQuantity": _quantity(measure, value)}


def _quantity(measure: Measure, value: float) -> Element:
    rounded = round(value, measure.digits) if measure.digits else round(value)
    return {"value": rounded, "unit": measure.unit, "system": UCUM, "code": measure.ucum}


def _times(of: Situation, name: str) -> Iterator[tuple[date, int]]:
    """The days and hours of a measure."""
    if name != "steps":
        for month in range(HISTORY_MONTHS, 1, -1):
            yield of.today - timedelta(days=month * 30), 10
    is_daily = of.is_connected or name in ("weight", "blood_pressure")
    for ago in range(DAILY if is_daily else 1, 0, -1):
        day = of.today - timedelta(days=ago)
        if name == "steps":
            if not (of.alarm == "no-activity" and ago <= _QUIET_DAYS):
                yield day, 21
            continue
        yield day, 7
        if name == "blood_pressure" and ago <= TWICE_DAILY:
            yield day, 19


def drift(of: Situation, name: str, day: date) -> float:
    """What the planted alarm of the patient adds to a measure of that day."""
    ago = (of.today - day).days
    if of.alarm == "weight-rise" and name == "weight" and ago <= 3:
        return (4.5, 3.0, 1.0)[max(ago, 1) - 1]
    if of.alarm == "blood-pressure" and name == "blood_pressure" and ago <= TWICE_DAILY:
        return 146 - base_value(of, name)
    return 0.0
