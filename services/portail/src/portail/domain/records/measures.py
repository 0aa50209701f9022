"""Measures of a patient as points of a curve with thresholds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from portail.domain.records.elements import Json, codes, instant, items, part, resources, text


@dataclass(frozen=True, slots=True)
class MeasureType:
    """A type of measure that the page offers."""

    name: str
    """Its name in addresses and texts."""
    codes: tuple[str, ...]
    """LOINC codes of the Observations."""
    components: tuple[str, ...] = ()
    """LOINC codes of the components, each a curve; empty: the value is the curve."""
    thresholds: tuple[float, ...] = ()
    """Those of home care, where the measures state none."""


MEASURES: Final = (
    MeasureType("poids", ("29463-7", "3141-9", "9463-7")),
    # At home, above 135/85 mmHg on average (ESC 2024).
    MeasureType("tension", ("85354-9", "55284-4"), ("8480-6", "8462-4"), (135.0, 85.0)),
    MeasureType("pouls", ("8867-4",)),
    MeasureType("glycemie", ("2339-0", "41653-7", "15074-8", "2345-7", "14743-9")),
    MeasureType("oxygene", ("59408-5", "2708-6")),
    MeasureType("pas", ("55423-8", "41950-7")),
)
"""The types of measures, the usual first."""
PERIODS: Final = (30, 90, 365)
"""Days that the page offers."""


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a curve."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Series:
    """The measures of one type."""

    curves: tuple[tuple[Point, ...], ...]
    """The points of each curve, oldest first."""
    unit: str
    """Of the newest measure; empty if it states none."""
    thresholds: tuple[float, ...]
    """Horizontal lines: the bounds that the measures state, or those of home care."""
    rejected: int
    """Measures that are not drawn: another unit than the newest, or no number."""
    truncated: bool = False
    """Whether there are more measures than were read."""

    @property
    def rows(self) -> list[tuple[datetime, tuple[float | None, ...]]]:
        """The values by instant, newest first."""
        at = sorted({point.at for curve in self.curves for point in curve}, reverse=True)
        values = [{point.at: point.value for point in curve} for curve in self.curves]
        return [(each, tuple(curve.get(each) for curve in values)) for each in at]


def measure_type(name: str) -> MeasureType:
    """The type of that name; the first if there is none."""
    return next((each for each in MEASURES if each.name == name), MEASURES[0])


def series_of(bundle: Json, type_: MeasureType, *, now: datetime, truncated: bool) -> Series:
    """The curves of a searchset of Observations.

    What is of another unit than the newest, without a number, or dated in the future is counted
    and not drawn: it would bend the curve.
    """
    found = [
        each
        for each in resources(bundle, "Observation")
        if each.get("status") not in ("cancelled", "entered-in-error")
    ]
    unit = next((u for each in found for _, _, u in _values(each, type_)), "")
    curves: list[list[Point]] = [[] for _ in type_.components or (None,)]
    rejected = 0
    for each in found:
        at = instant(each.get("effectiveDateTime"))
        values = [(index, value) for index, value, own in _values(each, type_) if own == unit]
        if at is None or not values or at > now + timedelta(minutes=5):
            rejected += 1
            continue
        for index, value in values:
            curves[index].append(Point(at, value))
    ordered = tuple(tuple(sorted(each, key=lambda point: point.at)) for each in curves)
    bounds = _bounds(found) or type_.thresholds
    return Series(ordered, unit, bounds, rejected, truncated)


def daily(points: Sequence[Point]) -> list[Point]:
    """One point a day, the mean of its values, at the instant of the last."""
    days: dict[str, list[Point]] = {}
    for point in points:
        days.setdefault(point.at.date().isoformat(), []).append(point)
    return [
        Point(same[-1].at, sum(each.value for each in same) / len(same)) for same in days.values()
    ]


def _values(observation: Json, type_: MeasureType) -> Iterable[tuple[int, float, str]]:
    """The values: index of the curve, number, unit."""
    if not type_.components:
        parts = [(0, observation)]
    else:
        components = items(observation.get("component"))
        parts = [
            (index, each)
            for each in components
            for index, code in enumerate(type_.components)
            if code in codes(part(each, "code"))
        ]
    for index, each in parts:
        quantity = part(each, "valueQuantity")
        value = quantity.get("value")
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield index, float(value), text(quantity, "unit") or text(quantity, "code")


def _bounds(observations: Sequence[Json]) -> tuple[float, ...]:
    """The bounds that the newest measure with a reference range states."""
    for each in observations:
        parts = [each, *items(each.get("component"))]
        ranges = [r for one in parts for r in items(one.get("referenceRange"))]
        values = [part(r, end).get("value") for r in ranges for end in ("low", "high") if end in r]
        if found := [float(v) for v in values if isinstance(v, int | float)]:
            return tuple(dict.fromkeys(found))
    return ()
