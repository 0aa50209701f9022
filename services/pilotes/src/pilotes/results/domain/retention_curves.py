"""The retention curves of a trial, from the sums of disclosed groups."""

from collections.abc import Sequence

import numpy as np

from pilotes.disclosure.domain.tranches import DisclosedFigures, TrancheGroup
from pilotes.record.domain.protocol import Indicator, Protocol
from pilotes.statistics.domain.survival import SurvivalStep, retention
from pilotes.usage.domain.measures import stay_edges, stay_measure_name


def retention_curves(
    indicator: Indicator, disclosed: DisclosedFigures, design: Protocol, k: int, *, arms: int
) -> Sequence[tuple[SurvivalStep, ...]]:
    """The retention curve of each arm, empty for other indicators. `arms`: their number."""
    edges = stay_edges(indicator, planned_per_arm=design.planned_per_arm, k=k)
    stays = disclosed.groups.get(stay_measure_name(indicator, edges, disclosed), ())
    return [_curve(stays, at, edges) for at in range(arms)]


def _curve(
    stays: Sequence[TrancheGroup], at: int, edges: Sequence[int]
) -> tuple[SurvivalStep, ...]:
    """The retention curve of one arm. `stays`: groups of the length of stay. `edges`: the days
    that bound its cells."""
    if not stays:
        return ()
    # Everybody is followed beyond the last edge: the last cell is of people present on that day.
    cells = np.sum([group.cells[at] for group in stays], axis=0)
    days = np.repeat([*edges, edges[-1]], cells)
    return retention(days, np.repeat([True] * len(edges) + [False], cells))
