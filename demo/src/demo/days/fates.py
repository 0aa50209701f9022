"""The deviation of each run of an operator's day from its timetable, at random: most have none.

In each slot of two hours with two runs or more, one is cancelled and one starts late, so that both
can be seen at any hour of the day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from demo.days.dice import draw_share
from demo.network.model import Run

Fate = Literal["cancelled", "deleted", "replaced", "late", "early", "skips", "unlocated", "usual"]
"""What happens to a run. `cancelled`, `deleted`: it does not run, and is published as CANCELED or
DELETED. `replaced`: a coach runs instead. `late`, `early`: it leaves late, or runs ahead of its
schedule. `skips`: one stop is not served. `unlocated`: its vehicle publishes no position and no
times. `usual`: nothing special."""

SLOT = 2 * 3600
"""Seconds."""
KNOWN_EARLY: frozenset[Fate] = frozenset({"cancelled", "deleted", "replaced", "late"})
"""Fates that the operator knows hours ahead."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How often the runs of an operator have each fate, as a share of its runs."""

    cancelled: float = 0.02
    deleted: float = 0.003
    replaced: float = 0.0
    late: float = 0.02
    early: float = 0.04
    skips: float = 0.03
    unlocated: float = 0.06


def draw_fates(runs: Sequence[Run], day: date, habits: Habits, *, seed: int) -> list[Fate]:
    """The fate of each run of a day, in their order."""
    draws = [draw_share(seed, day, run.trip_id) for run in runs]
    found = [_fate_of(draw, habits) for draw in draws]
    slots: dict[int, list[int]] = {}
    for index, run in enumerate(runs):
        slots.setdefault(run.start // SLOT, []).append(index)
    for indexes in slots.values():
        # Those of the greatest draws, which are mostly `usual`: the other fates stay.
        chosen = sorted(indexes, key=lambda index: draws[index])[-2:]
        if len(chosen) == 2:
            found[chosen[0]], found[chosen[1]] = "late", "cancelled"
    return found


def _fate_of(draw: float, habits: Habits) -> Fate:
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
