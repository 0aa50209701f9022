"""What is disclosed of a trial that draws places: sums over the places of an arm.

A place is a group of people: its own figure is neither shown nor stored. Stored are, for each arm,
the number of places, the sum of their means and of the squares of these.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from pilotes.disclosure.domain.measure import Floats, Integers, Measure
from pilotes.disclosure.domain.scheduled_places import ScheduleFigures
from pilotes.statistics.domain.place_means import PlaceSums


@dataclass(frozen=True, slots=True)
class PlaceFigures:
    """Sums of one indicator over the places, by arm, of the people in some tranches."""

    tranches: frozenset[int]
    """The numbers of the tranches."""
    outcomes: tuple[PlaceSums, ...]
    """Of the means of the outcomes, over the places that have some."""
    answers: tuple[PlaceSums, ...]
    """Of the shares of people with an outcome, over all places."""


def intact(
    figures: Mapping[str, PlaceFigures | ScheduleFigures], tranches: Collection[int]
) -> dict[str, PlaceFigures | ScheduleFigures]:
    """Those whose tranches are all among `tranches`, by indicator."""
    return {name: each for name, each in figures.items() if each.tranches <= set(tranches)}


def place_figures(
    measure: Measure,
    *,
    arm: Integers,
    tranche: Integers,
    place: Integers,
    arms: int,
    tranches: Collection[int],
) -> PlaceFigures:
    """The sums of one indicator. `arm`, `tranche`, `place`: of each person; `place` is -1 if it is
    unknown. `arms`: number of arms. `tranches`: those that the indicator discloses."""
    inside = np.isin(tranche, list(tranches))
    answered = (~np.isnan(measure.outcome)).astype(np.float64)

    def sums(values: Floats, number: int) -> PlaceSums:
        mask = inside & (arm == number)
        return PlaceSums.of(values[mask], place[mask])

    return PlaceFigures(
        frozenset(tranches),
        tuple(sums(measure.outcome, number) for number in range(arms)),
        tuple(sums(answered, number) for number in range(arms)),
    )


def has_split_place(arm: Integers, place: Integers) -> bool:
    """Whether people of one place have different arms. Arguments as in `place_figures`."""
    known = place >= 0
    pairs = set(zip(place[known].tolist(), arm[known].tolist(), strict=True))
    return len({each for each, _ in pairs}) < len(pairs)
