"""Charts as SVG: the geometry that the macros of `parts/charts.html` draw.

    chart = column_chart([Mark("lun.", 87.0, "87 %"), …], scale=PERCENT)
    {{ column_chart(chart, id="ponctualite", summary="…") }}

A chart has the width of its container. What lies across is in percent of it, what is upright in
pixels, so that texts have their size on every screen and nothing is drawn by a script. An amount
that is not known is drawn as an empty mark, and one that is incomplete is hatched: neither depends
on a colour.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final, Literal

PLOT: Final = 180
"""Pixels between the lowest and the highest amount of an upright chart."""
MARGIN: Final = 22
"""Pixels above and below them, for texts."""
ROW: Final = 48
"""Pixels of a row of a chart of bars: its text, then its bar."""
_MOST_LABELS: Final = 6
"""Texts under an upright chart: more do not fit on 320 pixels."""
_MOST_AMOUNTS: Final = 6
"""Columns with their amounts written above them on every screen."""
_MOST_WIDE_AMOUNTS: Final = 12
"""The same on wide screens."""
_LONGEST_ROW: Final = 38
"""Characters of the texts above a bar: on 320 pixels they do not overlap."""
_WIDEST: Final = 12.0
"""Percent of the width of a column."""
_LONE: Final = 12.0
"""Half the width of the band of a single mark, on a width of 1,000."""
_LEAST_SPAN: Final = 0.01
"""Smaller amounts are drawn as 0."""
_STEPS: Final = (1, 2, 5, 10)


Amounts = Literal["all", "wide", "none"]
"""On every screen, on wide ones, on none."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One amount of a chart."""

    label: str
    """What it is of: a day, an hour, a line."""
    amount: float | None
    """None: not known."""
    text: str
    """The amount in words, or why it is not known."""
    partial: bool = False
    """Whether it is not complete yet."""
    low: float | None = None
    """The lower end of the band around it."""
    high: float | None = None
    """The upper end."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The amounts of an axis."""

    low: float
    high: float
    ticks: tuple[float, ...]
    unit: str = ""
    """Written after the amount of a tick."""

    def share(self, amount: float) -> float:
        """Where an amount is, from 0 to 1; one outside is at the end."""
        span = self.high - self.low
        return min(max((amount - self.low) / span, 0.0), 1.0)


PERCENT: Final = Scale(0, 100, (0, 25, 50, 75, 100), "\N{NO-BREAK SPACE}%")


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid."""

    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """A mark where it is drawn. Across in percent, upright in pixels."""

    mark: Mark
    x: float
    """Of its left edge."""
    y: float
    """Of its upper edge."""
    width: float
    height: float
    label: str
    """Under a column, above a bar; empty where there is no room."""
    label_x: float
    anchor: str
    """How the label stands at `label_x`: start, middle or end."""

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, ready to be drawn."""

    places: tuple[Place, ...]
    ticks: tuple[Tick, ...]
    height: int
    baseline: float
    """Where the amount 0 is."""
    amounts: Amounts = "none"
    """Where there is room for the amounts beside the marks."""
    lines: tuple[str, ...] = ()
    """The points of each unbroken line, on a width of 1,000."""
    bands: tuple[str, ...] = ()
    """The same of each band."""
    limit: float | None = None
    """Where the line is that decides, besides that of 0; None without one."""

    @property
    def has_partial(self) -> bool:
        return any(place.mark.partial and place.mark.amount is not None for place in self.places)

    @property
    def has_unknown(self) -> bool:
        return any(place.mark.amount is None for place in self.places)


@dataclass(frozen=True, slots=True)
class Table:
    """The table of a chart: what it draws, and what it leaves out."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """The first cell is the heading of its row."""


def fitting_scale(
    amounts: Iterable[float | None], unit: str = "", least_step: float = 0.0
) -> Scale:
    """A scale from 0, or below, to above all amounts, with two to seven round ticks.

    `least_step`: between two ticks: 1 for what is counted.
    """
    known = [each for each in amounts if each is not None]
    low, high = min(0.0, *known, 0.0), max(0.0, *known, 0.0)
    span = high - low if high - low > _LEAST_SPAN else 1.0
    power = 10.0 ** floor(log10(span / 3))
    step = max(least_step, next(power * each for each in _STEPS if span / (power * each) <= 4))
    first, last = floor(low / step), max(ceil(high / step), floor(low / step) + 1)
    ticks = tuple(round(step * each, 6) for each in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], ticks, unit)


def column_chart(marks: Sequence[Mark], scale: Scale, decimal: str = ".") -> Chart:
    """Upright columns: amounts that follow one another in time. `decimal`: the mark before the
    decimals of ticks."""
    base, slot = _upright(scale, 0.0), 100 / max(len(marks), 1)
    width = min(slot * 0.72, _WIDEST)
    places = []
    for index, mark in enumerate(marks):
        y = base if mark.amount is None else _upright(scale, mark.amount)
        x = index * slot + (slot - width) / 2
        label = _label(index, marks)
        places.append(Place(mark, x, min(y, base), width, abs(base - y), *label))
    ticks = _ticks(scale, decimal)
    return Chart(tuple(places), ticks, PLOT + 2 * MARGIN, base, _amounts(marks))


def band_chart(
    marks: Sequence[Mark], scale: Scale, decimal: str = ".", *, limit: float | None = None
) -> Chart:
    """A line with a band around it. It is broken where an amount is not known. `limit`: an amount
    that the band is read against, drawn as a dashed line."""
    slot = 100 / max(len(marks), 1)
    places, runs = [], list[list[tuple[float, Mark]]]()
    for index, mark in enumerate(marks):
        middle = (index + 0.5) * slot
        y = _upright(scale, 0.0 if mark.amount is None else mark.amount)
        places.append(Place(mark, middle, y, 0.0, 0.0, *_label(index, marks)))
        if mark.amount is not None:
            if not runs or index == 0 or marks[index - 1].amount is None:
                runs.append([])
            runs[-1].append((middle * 10, mark))
    return Chart(
        tuple(places),
        _ticks(scale, decimal),
        PLOT + 2 * MARGIN,
        _upright(scale, 0.0),
        _amounts(marks),
        tuple(_points((x, _upright(scale, mark.amount or 0.0)) for x, mark in run) for run in runs),
        tuple(_band(run, scale) for run in runs),
        None if limit is None else _upright(scale, limit),
    )


def bar_chart(marks: Sequence[Mark], scale: Scale) -> Chart:
    """Bars one below the other: amounts of lines or networks. Their texts stand above them."""
    start = scale.share(0.0) * 100
    places = []
    for index, mark in enumerate(marks):
        end = start if mark.amount is None else scale.share(mark.amount) * 100
        y = index * ROW + 24.0
        left, width = min(start, end), abs(end - start)
        label = _shortened(mark.label, _LONGEST_ROW - len(mark.text))
        places.append(Place(mark, left, y, width, 14.0, label, 0.0, "start"))
    return Chart(tuple(places), (), len(marks) * ROW, start, "all")


def _amounts(marks: Sequence[Mark]) -> Amounts:
    if len(marks) <= _MOST_AMOUNTS:
        return "all"
    return "wide" if len(marks) <= _MOST_WIDE_AMOUNTS else "none"


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _upright(scale: Scale, amount: float) -> float:
    return round(MARGIN + PLOT * (1 - scale.share(amount)), 2)


def _ticks(scale: Scale, decimal: str) -> tuple[Tick, ...]:
    return tuple(
        Tick(_upright(scale, each), _number(each, decimal) + scale.unit) for each in scale.ticks
    )


def _number(amount: float, decimal: str) -> str:
    """The amount of a tick, with the mark of decimals and the sign of the language."""
    return f"{amount:g}".replace(".", decimal).replace("-", "\N{MINUS SIGN}")


def _label(index: int, marks: Sequence[Mark]) -> tuple[str, float, str]:
    """The text under a mark, where it is, and its anchor: those at the ends stay inside."""
    slot = 100 / len(marks)
    step = ceil(len(marks) / _MOST_LABELS)
    text = marks[index].label if index % step == 0 else ""
    if step == 1:
        return text, (index + 0.5) * slot, "middle"
    if index == 0:
        return text, 0.0, "start"
    if (index + 0.5) * slot > 100 - slot * step / 2:
        return text, 100.0, "end"
    return text, (index + 0.5) * slot, "middle"


def _band(run: Sequence[tuple[float, Mark]], scale: Scale) -> str:
    """The outline of a band: its upper end, then back along its lower end. That of a single mark
    has a width too."""
    if len(run) == 1:
        ((x, mark),) = run
        run = [(x - _LONE, mark), (x + _LONE, mark)]
    known = [(x, mark.low, mark.high) for x, mark in run]
    upper = [(x, _upright(scale, high)) for x, _, high in known if high is not None]
    lower = [(x, _upright(scale, low)) for x, low, _ in reversed(known) if low is not None]
    return _points([*upper, *lower])


def _points(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
