"""The measures of participants: their outcomes, and the disclosure cells these belong to.

The observation of a participant is over when the longest window of the protocol is: all indicators
concern the same people, so that comparing two of them never isolates those in one alone.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from pilotes.disclosure.domain.measure import Floats, Integers, Measure
from pilotes.disclosure.domain.tranches import DisclosedFigures
from pilotes.record.domain.protocol import Indicator
from pilotes.statistics.domain.survival import days_stayed

FOOTPRINT: Final = ("~requests", "~bytes", "~seconds")
"""Useful requests of each participant, bytes sent, seconds of the gateway's time."""
PROCESSOR: Final = ("~measured", "~cpu")
"""Useful requests with a measured processor time, and its seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """The outcomes of one indicator, one entry for each participant who has one."""

    participant: Integers
    """Their numbers."""
    outcome: Floats
    before: Floats
    """The same before the first exposure, NaN where unknown; of a ratio, its denominator."""


def measure_name(indicator: Indicator) -> str:
    """The name of an indicator's measure. It contains every property that changes the outcomes: an
    indicator with an amended window is a new measure."""
    parts = [indicator.id, indicator.kind, indicator.source, indicator.window_days]
    parts += [indicator.before_days]
    # Measures without what came later keep the name under which they are stored.
    parts += [] if indicator.cap is None else [f"cap {indicator.cap:g}"]
    parts += [] if indicator.at_least is None else [f"at least {indicator.at_least:g}"]
    parts += [] if indicator.denominator is None else [f"over {indicator.denominator}"]
    return "|".join(str(part) for part in parts)


def stay_measure_name(
    indicator: Indicator, edges: Sequence[int], disclosed: DisclosedFigures
) -> str:
    """The name of the second measure of a retention indicator: the length of stay.

    `edges`: from `stay_edges`. An amendment that raises k can change them; groups of other cells
    are then another measure, with the number of edges in its name. `disclosed`: the stored figures.
    """
    name = f"{measure_name(indicator)}|stay"
    numbered = f"{name}|{len(edges)}"
    alike = all(
        len(cells) == len(edges) + 1
        for group in disclosed.groups.get(name, ())
        for cells in group.cells
    )
    # Once it has begun it stays the measure, also when a withdrawal dissolves the former groups.
    return name if alike and numbered not in disclosed.since else numbered


def observed_days(indicators: Sequence[Indicator]) -> frozenset[int]:
    """The days from the first exposure over which the indicators observe a participant."""
    curves = frozenset(each.observed_days for each in indicators)
    return curves.union(each.window_days for each in indicators)


def longest_days(indicators: Sequence[Indicator]) -> int:
    """Days from the first exposure until the observation of a participant is over, late events not
    counted."""
    return max(observed_days(indicators), default=0)


def stay_edges(indicator: Indicator, *, planned_per_arm: int, k: int) -> tuple[int, ...]:
    """The days at which a retention curve is published, counted from the first exposure."""
    # More days make smaller cells, which must each reach k people.
    steps = 4 if planned_per_arm >= 40 * k else 2 if planned_per_arm >= 20 * k else 1
    # No day before the first and none twice: their cells would stay empty, and hide the curve.
    days = (round(indicator.window_days * step / steps) for step in range(1, steps + 1))
    return tuple(sorted({max(1, day) for day in days}))


def measure_of(indicator: Indicator, people: Integers, found: Answers) -> Measure:
    """The measure of an indicator. `people`: the numbers of the participants whose observation is
    over; entries of the measure are in their order."""
    outcome, before = (
        _aligned(people, found.participant, column) for column in (found.outcome, found.before)
    )
    answered = ~np.isnan(outcome)
    if indicator.binary:
        # Cells 0 and 1: the outcome; 2: no answer.
        if indicator.source.startswith("survey:"):
            cell = np.where(answered, np.nan_to_num(outcome).astype(np.int64), 2)
            return Measure(outcome, before, cell, 3, frozenset({2}))
        return Measure(outcome, before, outcome.astype(np.int64), 2)
    if indicator.source.startswith("survey:"):
        # Cell 0: no answer; 1: an answer.
        cell = answered.astype(np.int64)
        return Measure(outcome, before, cell, 2, frozenset({0}))
    if indicator.kind == "ratio":
        # Cell 0: uses of both facts; 1, 2: of one of them alone; the others are in none.
        cell = np.select([(outcome > 0) & (before > 0), before > 0, outcome > 0], [0, 1, 2], -1)
        return Measure(outcome, before, cell, 3, frozenset({1, 2}), True, before_dominated=True)
    # Cell 0: at least one use; the others are in none.
    return Measure(outcome, before, np.where(outcome > 0, 0, -1), 1, dominated=True)


def stay_measure(
    edges: Sequence[int], people: Integers, participant: Integers, visited: npt.NDArray[np.bool_]
) -> Measure:
    """The measure of the length of stay: the interval between two edges in which each person left;
    the last cell is for those who left later or not at all.

    `edges`: from `stay_edges`. `people`: as for `measure_of`. `visited`: the days of use of each of
    `participant`, as for `days_stayed`.
    """
    days = _aligned(people, participant, days_stayed(visited, edges[-1]).astype(np.float64))
    stayed = np.searchsorted(np.asarray(edges), days, side="right").astype(np.int64)
    nothing = np.full(len(people), np.nan)
    return Measure(stayed.astype(np.float64), nothing, stayed, len(edges) + 1)


def footprint_measure(people: Integers, participant: Integers, amount: Floats) -> Measure:
    """The measure of an amount of each person: it is not disclosed if one person makes more than
    half of the sum. `people`: as for `measure_of`. `amount`: of each of `participant`."""
    many = np.nan_to_num(_aligned(people, participant, amount))
    nothing = np.full(len(people), np.nan)
    return Measure(many, nothing, np.where(many > 0, 0, -1), 1, dominated=True)


def join_cells(measures: Mapping[str, Measure], facts: Mapping[str, str]) -> dict[str, Measure]:
    """The measures, with joint cells for those of one fact, so that they do not reveal each other's
    cells. `facts`: the fact of each measure that has one."""
    of_fact: dict[str, list[str]] = defaultdict(list)
    for name, fact in facts.items():
        of_fact[fact].append(name)
    found = dict(measures)
    for names in of_fact.values():
        if len(names) < 2:
            continue
        joint = np.zeros(len(measures[names[0]].cell), dtype=np.int64)
        for name in names:
            joint = joint * (measures[name].cells + 1) + measures[name].cell + 1
        for name in names:
            each = measures[name]
            found[name] = Measure(
                each.outcome,
                each.before,
                each.cell,
                each.cells,
                each.open_cells,
                each.dominated,
                joint,
            )
    return found


def _aligned(people: Integers, who: Integers, values: Floats) -> npt.NDArray[np.float64]:
    """The values in the order of `people`; NaN for those without one. `who`: whose they are."""
    found = np.full(len(people), np.nan)
    if len(who) == 0:
        return found
    order = np.argsort(who, kind="stable")
    place = np.minimum(np.searchsorted(who[order], people), len(who) - 1)
    there = who[order][place] == people
    found[there] = values[order][place[there]]
    return found
