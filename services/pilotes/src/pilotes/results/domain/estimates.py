"""The estimates of a pilot: for each indicator, the levels of the arms and their differences to
control.

They are calculated only from the sums of disclosed groups (`disclosure`) and the record: they
reveal nothing more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pilotes.disclosure.domain.tranches import DisclosedFigures, TrancheGroup
from pilotes.record.domain.protocol import Indicator, Protocol
from pilotes.statistics.domain.difference import ALPHA, difference
from pilotes.statistics.domain.levels import (
    Interval,
    mean_at_any_time,
    mean_once,
    share_at_any_time,
    wilson,
)
from pilotes.statistics.domain.multiplicity import holm
from pilotes.statistics.domain.sums import Sums
from pilotes.statistics.domain.survival import SurvivalStep, retention
from pilotes.statistics.domain.verdict import (
    GuardrailState,
    IndicatorVerdict,
    judge_difference,
    judge_guardrail,
)
from pilotes.usage.domain.measures import (
    FOOTPRINT,
    PROCESSOR,
    measure_name,
    stay_edges,
    stay_measure_name,
)


@dataclass(frozen=True, slots=True)
class ArmFigure:
    """The level of one arm for one indicator."""

    arm: str
    people: int
    """People in the disclosed groups."""
    answered: int
    """Those who have an outcome."""
    level: Interval
    """An interval valid at any time."""
    once: Interval
    """An interval for a single look."""
    curve: tuple[SurvivalStep, ...] = ()
    """The retention curve, for a single look; empty for other indicators."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """The difference of an arm to control, for one indicator. Numbers are None if there are too few
    people, or all outcomes are equal."""

    arm: str
    estimate: float | None
    """Arm minus control."""
    low: float | None
    high: float | None
    """The interval, `low` to `high`, is valid at any time."""
    p: float
    """The p-value of "no difference", 1 without numbers; corrected by Holm's method over all arms
    and indicators of the same role, except that of a guardrail."""
    verdict: IndicatorVerdict
    """Inconclusive if `p` is above `ALPHA`, or for a sample ratio mismatch."""
    guard: GuardrailState | None
    """The state of a guardrail with a bound; None for another indicator."""
    adjusted: bool
    """Whether the outcome before enrolment was used (CUPED)."""


@dataclass(frozen=True, slots=True)
class Figure:
    """The estimates of one indicator."""

    indicator: Indicator
    arms: tuple[ArmFigure, ...] = ()
    """Empty while there are too few people, or too few with some outcome, to disclose them."""
    contrasts: tuple[Contrast, ...] = ()
    """One for each arm except control; empty like `arms`."""

    @property
    def disclosed(self) -> bool:
        """Whether there are estimates."""
        return bool(self.arms)


@dataclass(frozen=True, slots=True)
class Footprint:
    """The resources that the useful requests of an arm take."""

    arm: str
    requests: int
    """Number of useful requests of the disclosed people."""
    bytes: float
    """Bytes sent for each request."""
    seconds: float
    """The gateway's time for each request."""
    cpu_seconds: float | None
    """Processor time for each request; None: too few people with a measurement."""


@dataclass(frozen=True, slots=True)
class Figures:
    """All estimates of a pilot."""

    k: int
    """The smallest number of people that can be disclosed."""
    people: Mapping[str, int]
    """Disclosed people of each arm."""
    ratio_as_planned: bool
    """No sample ratio mismatch was found; otherwise every verdict is inconclusive."""
    figures: tuple[Figure, ...]
    footprint: tuple[Footprint, ...]


def estimate_figures(
    protocol: Protocol,
    disclosed: DisclosedFigures,
    *,
    arms: Sequence[str],
    planned_per_arm: int,
    ratio_as_planned: bool,
    k: int,
) -> Figures:
    """The estimates of a pilot, from its disclosed groups.

    `protocol`: the one in force.
    `arms`: names, in the order of the sums of the groups.
    `planned_per_arm`: of the protocol the trial started with. The intervals are narrowest at that
    number, which has to be chosen before the first look: an amendment does not change it.
    `ratio_as_planned`, `k`: as in `Figures`.
    """
    found = [
        _figure(each, disclosed, protocol, arms, planned_per_arm, ratio_as_planned, k)
        for each in protocol.indicators
    ]
    people = {
        arm: sum(size[at] for size in disclosed.sizes.values()) for at, arm in enumerate(arms)
    }
    return Figures(k, people, ratio_as_planned, _corrected(found), _footprint(disclosed, arms))


def _figure(
    indicator: Indicator,
    disclosed: DisclosedFigures,
    protocol: Protocol,
    arms: Sequence[str],
    planned: int,
    ratio_as_planned: bool,
    k: int,
) -> Figure:
    groups = disclosed.groups.get(measure_name(indicator), ())
    if not groups:
        return Figure(indicator)
    sums = [_total(groups, at) for at in range(len(arms))]
    stays = disclosed.groups.get(stay_measure_name(indicator), ())
    edges = stay_edges(indicator, planned_per_arm=planned, k=k)
    estimates = tuple(
        ArmFigure(
            arm,
            sum(group.people[at] for group in groups),
            int(sums[at].n),
            _level(indicator, sums[at], planned),
            _once(indicator, sums[at]),
            _curve(stays, at, edges),
        )
        for at, arm in enumerate(arms)
    )
    control = sums[list(arms).index(protocol.control)]
    contrasts = tuple(
        _contrast(indicator, arm, sums[at], control, planned, ratio_as_planned)
        for at, arm in enumerate(arms)
        if arm != protocol.control
    )
    return Figure(indicator, estimates, contrasts)


def _total(groups: Sequence[TrancheGroup], at: int) -> Sums:
    """The sums of one arm over all groups. `at`: the position of the arm."""
    total = groups[0].sums[at]
    for group in groups[1:]:
        total = total + group.sums[at]
    return total


def _level(indicator: Indicator, sums: Sums, planned: int) -> Interval:
    """The level with its anytime-valid interval."""
    n, total = int(sums.n), float(sums.y)
    if indicator.binary:
        return share_at_any_time(int(total), n)
    return mean_at_any_time(n, total, float(sums.yy), planned=planned)


def _once(indicator: Indicator, sums: Sums) -> Interval:
    """The level with its interval for a single look."""
    n, total = int(sums.n), float(sums.y)
    return wilson(int(total), n) if indicator.binary else mean_once(n, total, float(sums.yy))


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


def _contrast(
    indicator: Indicator, arm: str, sums: Sums, control: Sums, planned: int, ratio_as_planned: bool
) -> Contrast:
    found = difference(sums, control, planned=2.0 * planned, binary=indicator.binary)
    estimate, low, high = (_number(each) for each in (found.estimate, found.low, found.high))
    state = None
    if indicator.role == "guardrail" and indicator.bound is not None:
        state = GuardrailState.WATCHED
        if low is not None and high is not None:
            state = judge_guardrail(low, high, direction=indicator.direction, bound=indicator.bound)
    return Contrast(
        arm=arm,
        estimate=estimate,
        low=low,
        high=high,
        p=float(found.p),
        verdict=judge_difference(
            found, indicator.direction, adjusted_p=float(found.p), ratio_as_planned=ratio_as_planned
        ),
        guard=state,
        adjusted=float(found.theta) != 0.0,
    )


def _number(value: object) -> float | None:
    """A float; None for NaN and infinity."""
    found = float(np.asarray(value, dtype=np.float64))
    return found if np.isfinite(found) else None


def _corrected(found: Sequence[Figure]) -> tuple[Figure, ...]:
    """The figures with p-values corrected by Holm's method; guardrails are judged by a bound."""
    figures = list(found)
    for role in ("primary", "secondary"):
        questions = [
            (at, place)
            for at, figure in enumerate(figures)
            if figure.indicator.role == role
            for place in range(len(figure.contrasts))
        ]
        p_values = holm([figures[at].contrasts[place].p for at, place in questions])
        for (at, place), p in zip(questions, p_values, strict=True):
            figures[at] = _with_p(figures[at], place, p)
    return tuple(figures)


def _with_p(figure: Figure, place: int, p: float) -> Figure:
    contrasts = list(figure.contrasts)
    former = contrasts[place]
    verdict = former.verdict if p <= ALPHA else IndicatorVerdict.INCONCLUSIVE
    contrasts[place] = replace(former, p=p, verdict=verdict)
    return replace(figure, contrasts=tuple(contrasts))


def _footprint(disclosed: DisclosedFigures, arms: Sequence[str]) -> tuple[Footprint, ...]:
    """The footprint of each arm; empty while its three measures do not concern the same people.
    Processor time can concern fewer people: its measurement began later."""
    groups = _together(disclosed, FOOTPRINT)
    processor = _together(disclosed, PROCESSOR)
    estimates = []
    for at, arm in enumerate(arms if groups else ()):
        requests, sent, seconds = (float(_total(some, at).y) for some in groups)
        cpu_seconds_each = None
        if processor:
            measured, cpu_seconds = (float(_total(some, at).y) for some in processor)
            cpu_seconds_each = cpu_seconds / measured
        estimates.append(
            Footprint(arm, round(requests), sent / requests, seconds / requests, cpu_seconds_each)
        )
    return tuple(estimates)


def _together(
    disclosed: DisclosedFigures, names: Sequence[str]
) -> Sequence[Sequence[TrancheGroup]]:
    """The groups of each measure; empty unless all concern the same people."""
    groups = [disclosed.groups.get(name, ()) for name in names]
    sets = [{number for group in some for number in group.tranches} for some in groups]
    return groups if sets[0] and all(each == sets[0] for each in sets) else ()
