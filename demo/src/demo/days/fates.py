"""What befalls the runs of one operator's day, by lot: most run, some do not.

Each slot of two hours has its cancelled run and its late starter wherever anything runs, so that
at any hour of the day a traveller of the region meets both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from demo.days.dice import share
from demo.network.model import Run

Fate = Literal["cancelled", "deleted", "replaced", "late", "early", "skips", "unlocated", "usual"]

SLOT = 2 * 3600
KNOWN_LONG: frozenset[Fate] = frozenset({"cancelled", "deleted", "replaced", "late"})
"""Fates that the operator knows hours ahead."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How often each thing befalls a run of an operator, as a share of its runs."""

    cancelled: float = 0.02
    deleted: float = 0.003
    replaced: float = 0.0
    late: float = 0.02
    early: float = 0.04
    skips: float = 0.03
    unlocated: float = 0.06


def fates(runs: Sequence[Run], day: date, habits: Habits, *, seed: int) -> list[Fate]:
    """The fate of each run of a day, in their order."""
    draws = [share(seed, day, run.trip_id) for run in runs]
    found = [_by_lot(draw, habits) for draw in draws]
    slots: dict[int, list[int]] = {}
    for index, run in enumerate(runs):
        slots.setdefault(run.start // SLOT, []).append(index)
    for indexes in slots.values():
        chosen = sorted(indexes, key=lambda index: draws[index])[-2:]
        if len(chosen) == 2:
            found[chosen[0]], found[chosen[1]] = "late", "cancelled"
    return found


def _by_lot(draw: float, habits: Habits) -> Fate:
    shares: tuple[tuple[Fate, float], ...] = (
        ("cancelled", habits.cancelled),
        ("deleted", habits.deleted),
        ("replaced", habits.replaced),
        ("late", habits.late),
        ("early", habits.early),
        ("skips", habits.skips),
        ("unlocated", habits.unlocated),
    )
    for fate, often in shares:
        if draw < often:
            return fate
        draw -= often
    return "usual"
