"""The difference of each arm as more people were disclosed: how its interval became narrower.

A point is the estimate from the first groups of people alone (decision 34): each group holds k
people in every cell, so a point reveals nothing that the sums of these groups do not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from pilotes.disclosure.domain.tranches import DisclosedFigures, drop_broken
from pilotes.record.domain.protocol import Indicator, Protocol
from pilotes.results.domain.contrasts import Contrast
from pilotes.results.domain.estimates import Figure, estimate_indicators
from pilotes.results.domain.looks import Reading

MOST_POINTS: Final = 12
"""Of one history: more would not be read on a small screen."""


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """The difference after some people were disclosed."""

    people: int
    """With an outcome, of the arm and of control together."""
    contrast: Contrast


@dataclass(frozen=True, slots=True)
class IndicatorHistory:
    """The points of one indicator and one arm, the fewest people first."""

    indicator: Indicator
    arm: str
    points: tuple[HistoryPoint, ...]
    """Only those with an interval. Empty if there is none yet."""


def disclosed_histories(
    protocol: Protocol,
    disclosed: DisclosedFigures,
    *,
    arms: Sequence[str],
    design: Protocol,
    ratio_as_planned: bool,
    k: int,
    read: Sequence[Reading] | None = None,
) -> tuple[IndicatorHistory, ...]:
    """The history of each indicator and each arm but control. Arguments: of `estimate_figures`.
    Of a trial with planned looks a point is one of them, but for guardrails."""
    estimate = partial(
        estimate_indicators,
        protocol,
        arms=arms,
        design=design,
        ratio_as_planned=ratio_as_planned,
        k=k,
    )
    by_group = [
        estimate(
            drop_broken(disclosed, {each for each in disclosed.sizes if each > last}),
            read=None if read is None else (),
        )
        for last in _chosen(sorted(disclosed.sizes))
    ]
    looks = () if read is None else [read[: number + 1] for number in range(len(read))]
    by_look = [estimate(disclosed, read=each) for each in looks]
    histories = []
    for indicator in protocol.indicators:
        at_any_time = read is None or indicator.role == "guardrail"
        estimates = by_group if at_any_time else by_look
        for arm in arms:
            if arm != design.control:
                points = tuple(_points(estimates, indicator, arm, design.control))
                histories.append(IndicatorHistory(indicator, arm, points))
    return tuple(histories)


def _chosen(tranches: Sequence[int]) -> Sequence[int]:
    """At most `MOST_POINTS` of the tranches, evenly, with the last one."""
    many = len(tranches)
    if many <= MOST_POINTS:
        return tranches
    return [tranches[(place + 1) * many // MOST_POINTS - 1] for place in range(MOST_POINTS)]


def _points(
    looks: Sequence[Sequence[Figure]], indicator: Indicator, arm: str, control: str
) -> Iterator[HistoryPoint]:
    before = 0
    for look in looks:
        figure = next(each for each in look if each.indicator.id == indicator.id)
        found = next((each for each in figure.contrasts if each.arm == arm), None)
        people = _answered(figure, (arm, control))
        # Where nobody was added the estimate is the one before.
        if found is not None and found.low is not None and people > before:
            before = people
            yield HistoryPoint(people, found)


def _answered(figure: Figure, arms: Sequence[str]) -> int:
    return sum(each.answered for each in figure.arms if each.arm in arms)
