"""The geometry of curves over time, which `courbe` of the template draws as SVG.

What lies across is in percent of the width, what is upright in pixels, as `socle.pages.charts`.
"""

from dataclasses import dataclass
from datetime import datetime
from math import floor, log10
from typing import Final

from portail.domain.records.measures import Point, Series, daily
from socle.pages.dates import day_text

HEIGHT: Final = 220
_MARGIN: Final = 20
_TICKS: Final = 4
_MOST_POINTS: Final = 100
_LABELS: Final = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A horizontal line: of the grid, or a threshold."""

    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A point, across in percent."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Curves:
    """What is drawn."""

    height: int
    grid: tuple[Line, ...]
    thresholds: tuple[Line, ...]
    paths: tuple[str, ...]
    """The points of each curve, from 0 to 1000 across."""
    dots: tuple[tuple[Dot, ...], ...]
    labels: tuple[tuple[float, str, str], ...]
    """Across in percent, text, anchor."""
    is_daily: bool
    """Whether a point is the mean of a day."""


def draw_curves(series: Series, *, since: datetime, until: datetime) -> Curves | None:
    """The curves of measures; None without any."""
    is_daily = max(map(len, series.curves), default=0) > _MOST_POINTS
    curves = [daily(each) if is_daily else list(each) for each in series.curves]
    values = [point.value for curve in curves for point in curve]
    if not values:
        return None
    low, high, ticks = _scale([*values, *series.thresholds])
    span = (until - since).total_seconds()

    def y(value: float) -> float:
        share = (value - low) / (high - low)
        return round(HEIGHT - _MARGIN - share * (HEIGHT - 2 * _MARGIN), 1)

    def x(point: Point) -> float:
        return round(min(max((point.at - since).total_seconds() / span, 0), 1) * 100, 2)

    dots = tuple(tuple(Dot(x(each), y(each.value)) for each in curve) for curve in curves)
    return Curves(
        HEIGHT,
        tuple(Line(y(each), number_text(each)) for each in ticks),
        tuple(Line(y(each), number_text(each)) for each in series.thresholds),
        tuple(" ".join(f"{dot.x * 10:.1f},{dot.y}" for dot in curve) for curve in dots),
        dots,
        _labels(since, until),
        is_daily,
    )


def number_text(value: float) -> str:
    """A number with a decimal comma: « 62,5 »."""
    return f"{value:.5g}".replace(".", ",")


def _scale(values: list[float]) -> tuple[float, float, list[float]]:
    """The ends of the axis, and round amounts between them."""
    low, high = min(values), max(values)
    span = max(high - low, abs(high) * 0.02, 1e-6)
    rough = span / _TICKS
    power = 10.0 ** floor(log10(rough))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= rough)
    first = floor(low / step)
    ticks = [step * first]
    while ticks[-1] < high or len(ticks) < 2:
        first += 1
        ticks.append(step * first)
    return ticks[0], ticks[-1], ticks


def _labels(since: datetime, until: datetime) -> tuple[tuple[float, str, str], ...]:
    anchors = ("start", "middle", "end")
    places = [(since + (until - since) * place / (_LABELS - 1)) for place in range(_LABELS)]
    return tuple(
        (100.0 * place / (_LABELS - 1), day_text(at).rsplit(" ", 1)[0], anchors[place])
        for place, at in enumerate(places)
    )
