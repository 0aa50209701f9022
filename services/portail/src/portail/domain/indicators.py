"""Indicators of the public API: figures of what happened, with how much was observed.

A figure of few observations is not displayed: it would change with the next one.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Source = Literal["predictions", "positions"]
"""How calls were observed: by the last prediction for them, or by the position of the vehicle."""
Dimension = Literal["route", "hour", "day"]

LEAST: Final = 30
"""Observations without which no figure is displayed."""


@dataclass(frozen=True, slots=True)
class Query:
    """What indicators are wanted of."""

    first: datetime.date
    last: datetime.date
    """Both included."""
    feed: str | None = None
    route: str | None = None
    source: Source = "predictions"

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Punctuality:
    """The punctuality of some calls."""

    n: int = 0
    """Calls observed."""
    coverage: float | None = None
    """The share that was observed, of the calls planned and not cancelled."""
    on_time: float | None = None
    """The share that was on time."""
    runs: int = 0
    """Runs planned."""
    cancelled: int = 0
    """Runs of them cancelled."""
    route: str | None = None
    date: datetime.date | None = None
    hour: int | None = None
    complete: bool = True
    """Whether the days are over."""
    planned: int = 0
    """Calls planned and not cancelled."""

    @property
    def is_enough(self) -> bool:
        return self.n >= LEAST and self.on_time is not None

    @property
    def feed(self) -> str:
        return (self.route or "").partition(":")[0]


@dataclass(frozen=True, slots=True)
class PunctualityList:
    """The rows of an answer."""

    definition: str = ""
    """In French."""
    rows: tuple[Punctuality, ...] = ()
    next: str | None = None
    """The cursor of the next page."""


@dataclass(frozen=True, slots=True)
class Regularity:
    """The regularity of a line."""

    route: str | None = None
    frequent: bool = False
    """Whether it has an hour in which it is frequent."""
    n: int = 0
    """Gaps observed."""
    coverage: float | None = None
    excess_wait_s: float | None = None
    scheduled_wait_s: float | None = None
    regular: float | None = None
    """The share of gaps near the scheduled ones."""

    @property
    def is_enough(self) -> bool:
        return self.n >= LEAST and self.excess_wait_s is not None


@dataclass(frozen=True, slots=True)
class RegularityList:
    """The rows of an answer."""

    definition: str = ""
    rows: tuple[Regularity, ...] = ()
    next: str | None = None
    """The cursor of the next page."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The accuracy of predictions made so many minutes before."""

    horizon_min: int
    n: int = 0
    coverage: float | None = None
    accurate: float | None = None
    median_error_s: int | None = None
    p10_error_s: int | None = None
    p90_error_s: int | None = None
    p90_absolute_s: int | None = None
    early_s: int = 0
    """Seconds earlier than forecast up to which a prediction is accurate."""
    late_s: int = 0
    """Seconds later."""

    @property
    def is_enough(self) -> bool:
        return self.n >= LEAST and self.accurate is not None


@dataclass(frozen=True, slots=True)
class AccuracyList:
    """The rows of an answer."""

    definition: str = ""
    rows: tuple[Accuracy, ...] = ()
    next: str | None = None
    """The cursor of the next page."""


def pooled(rows: Iterable[Punctuality]) -> Punctuality:
    """The punctuality of all calls of these rows, which are of different ones."""
    rows = tuple(rows)
    n, planned = sum(row.n for row in rows), sum(row.planned for row in rows)
    known = [row for row in rows if row.on_time is not None]
    observed = sum(row.n for row in known)
    return Punctuality(
        n,
        n / planned if planned else None,
        sum(row.n * (row.on_time or 0.0) for row in known) / observed if observed else None,
        sum(row.runs for row in rows),
        sum(row.cancelled for row in rows),
        complete=all(row.complete for row in rows),
        planned=planned,
    )
