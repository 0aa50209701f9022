"""The estimates of a pilot: of each indicator, the level of its arms and their differences.

Everything follows from the sums of disclosed groups (`disclosure`) and from the record: no further
calculation reveals more.
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
from pilotes.statistics.domain.survival import Step, retention
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
    """The level of one arm."""

    arm: str
    people: int
    """People in the disclosed groups."""
    answered: int
    """Those who have an outcome."""
    level: Interval
    """An interval valid at any time."""
    once: Interval
    """An interval for a single look."""
    curve: tuple[Step, ...] = ()
    """Of retention, for a single look."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """An arm minus control. None: too few people, or equal outcomes."""

    arm: str
    estimate: float | None
    low: float | None
    high: float | None
    p: float
    """Adjusted by Holm's method for the indicators of the same role."""
    verdict: IndicatorVerdict
    guard: GuardrailState | None
    adjusted: bool
    """Whether the outcome before enrolment was used (CUPED)."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator. No arms: too few people, or too few with one answer, to be disclosed yet."""

    indicator: Indicator
    arms: tuple[ArmFigure, ...] = ()
    contrasts: tuple[Contrast, ...] = ()

    @property
    def disclosed(self) -> bool:
        """Whether there is a result."""
        return bool(self.arms)


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a useful request of an arm takes."""

    arm: str
    requests: int
    bytes: float
    """Sent."""
    seconds: float
    """The gateway's time."""
    cpu_seconds: float | None
    """Processor time; None: too few people with a measurement."""


@dataclass(frozen=True, slots=True)
class Figures:
    """All estimates of a pilot."""

    k: int
    people: Mapping[str, int]
    """Disclosed people of each arm."""
    sound: bool
    """Whether people were drawn as planned; otherwise nothing is concluded."""
    figures: tuple[Figure, ...]
    footprint: tuple[Footprint, ...]


def estimate_figures(
    protocol: Protocol,
    disclosed: DisclosedFigures,
    *,
    arms: Sequence[str],
    planned_per_arm: int,
    sound: bool,
    k: int,
) -> Figures:
    """`arms`: in the order of the sums. `planned_per_arm`: of the protocol the trial began with, to
    which the intervals were tuned before the first look; an amendment does not tune them again."""
    found = [
        _figure(each, disclosed, protocol, arms, planned_per_arm, sound, k)
        for each in protocol.indicators
    ]
    people = {
        arm: sum(size[at] for size in disclosed.sizes.values()) for at, arm in enumerate(arms)
    }
    return Figures(k, people, sound, _corrected(found), _footprint(disclosed, arms))


def _figure(
    indicator: Indicator,
    disclosed: DisclosedFigures,
    protocol: Protocol,
    arms: Sequence[str],
    planned: int,
    sound: bool,
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
        _contrast(indicator, arm, sums[at], control, planned, sound)
        for at, arm in enumerate(arms)
        if arm != protocol.control
    )
    return Figure(indicator, estimates, contrasts)


def _total(groups: Sequence[TrancheGroup], at: int) -> Sums:
    total = groups[0].sums[at]
    for group in groups[1:]:
        total = total + group.sums[at]
    return total


def _level(indicator: Indicator, sums: Sums, planned: int) -> Interval:
    n, total = int(sums.n), float(sums.y)
    if indicator.binary:
        return share_at_any_time(int(total), n)
    return mean_at_any_time(n, total, float(sums.yy), planned=planned)


def _once(indicator: Indicator, sums: Sums) -> Interval:
    n, total = int(sums.n), float(sums.y)
    return wilson(int(total), n) if indicator.binary else mean_once(n, total, float(sums.yy))


def _curve(stays: Sequence[TrancheGroup], at: int, edges: Sequence[int]) -> tuple[Step, ...]:
    """Everybody is followed beyond the last edge: who leaves later has not left by it."""
    if not stays:
        return ()
    cells = np.sum([group.cells[at] for group in stays], axis=0)
    days = np.repeat([*edges, edges[-1]], cells)
    return retention(days, np.repeat([True] * len(edges) + [False], cells))


def _contrast(
    indicator: Indicator, arm: str, sums: Sums, control: Sums, planned: int, sound: bool
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
            found, indicator.direction, adjusted_p=float(found.p), sound=sound
        ),
        guard=state,
        adjusted=float(found.theta) != 0.0,
    )


def _number(value: object) -> float | None:
    found = float(np.asarray(value, dtype=np.float64))
    return found if np.isfinite(found) else None


def _corrected(found: Sequence[Figure]) -> tuple[Figure, ...]:
    """Holm's correction, where several indicators of one role are tested together."""
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
    """None where the three measures concern different people. Processor time can concern fewer
    people: its measurement began later."""
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
    """The groups of each measure, where all concern the same people."""
    groups = [disclosed.groups.get(name, ()) for name in names]
    sets = [{number for group in some for number in group.tranches} for some in groups]
    return groups if sets[0] and all(each == sets[0] for each in sets) else ()
