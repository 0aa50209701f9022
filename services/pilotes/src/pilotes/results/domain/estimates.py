"""What is told of a pilot: of each indicator, where its arms are and how they differ.

Everything here follows from the sums of whole groups (`disclosure.tranches`) and from the record:
whoever calculates on it learns no more than they say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pilotes.disclosure.domain.tranches import Group, Shown
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
from pilotes.statistics.domain.verdict import Guard, Verdict, guard, verdict
from pilotes.usage.domain.measures import FOOTPRINT, PROCESSOR, name_of, stay_edges, stay_of


@dataclass(frozen=True, slots=True)
class ArmFigure:
    """Where an arm is. `people`: those it speaks of; `answered`: those who have an outcome.
    `level` may be read at any time; `once` and `curve`, of retention, once."""

    arm: str
    people: int
    answered: int
    level: Interval
    once: Interval
    curve: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Contrast:
    """An arm minus control. None: not enough people, or nobody differs. `p`: adjusted by Holm's
    method for the questions of its role. `adjusted`: what was known before was taken out."""

    arm: str
    estimate: float | None
    low: float | None
    high: float | None
    p: float
    verdict: Verdict
    guard: Guard | None
    adjusted: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator. No arms: too few people, or too few of one answer, to be shown yet."""

    indicator: Indicator
    arms: tuple[ArmFigure, ...] = ()
    contrasts: tuple[Contrast, ...] = ()

    @property
    def shown(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.arms)


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a useful request of an arm takes: bytes sent, seconds of the door's time, seconds of
    the processor (None: too little is known of it to be told)."""

    arm: str
    requests: int
    bytes: float
    seconds: float
    cpu_seconds: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """All of a pilot. `people`: of each arm, shown; `sound`: people were drawn as planned, or
    nothing is concluded."""

    k: int
    people: Mapping[str, int]
    sound: bool
    figures: tuple[Figure, ...]
    footprint: tuple[Footprint, ...]


def figures_of(
    protocol: Protocol,
    shown: Shown,
    *,
    arms: Sequence[str],
    planned_per_arm: int,
    sound: bool,
    k: int,
) -> Figures:
    """`arms`: in the order of the sums. `planned_per_arm`: of the protocol the trial began with:
    intervals were tuned to it before anybody looked, and an amendment does not tune them again."""
    found = [
        _figure(each, shown, protocol, arms, planned_per_arm, sound, k)
        for each in protocol.indicators
    ]
    people = {arm: sum(size[at] for size in shown.sizes.values()) for at, arm in enumerate(arms)}
    return Figures(k, people, sound, _corrected(found), _footprint(shown, arms))


def _figure(
    indicator: Indicator,
    shown: Shown,
    protocol: Protocol,
    arms: Sequence[str],
    planned: int,
    sound: bool,
    k: int,
) -> Figure:
    groups = shown.groups.get(name_of(indicator), ())
    if not groups:
        return Figure(indicator)
    sums = [_total(groups, at) for at in range(len(arms))]
    stays = shown.groups.get(stay_of(indicator), ())
    edges = stay_edges(indicator, planned_per_arm=planned, k=k)
    told = tuple(
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
    return Figure(indicator, told, contrasts)


def _total(groups: Sequence[Group], at: int) -> Sums:
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


def _curve(stays: Sequence[Group], at: int, edges: Sequence[int]) -> tuple[Step, ...]:
    """Everybody was followed beyond the last edge: who is left then has not gone."""
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
    held = None
    if indicator.role == "guardrail" and indicator.bound is not None:
        held = Guard.WATCHED
        if low is not None and high is not None:
            held = guard(low, high, direction=indicator.direction, bound=indicator.bound)
    return Contrast(
        arm=arm,
        estimate=estimate,
        low=low,
        high=high,
        p=float(found.p),
        verdict=verdict(found, indicator.direction, adjusted_p=float(found.p), sound=sound),
        guard=held,
        adjusted=float(found.theta) != 0.0,
    )


def _number(value: object) -> float | None:
    found = float(np.asarray(value, dtype=np.float64))
    return found if np.isfinite(found) else None


def _corrected(found: Sequence[Figure]) -> tuple[Figure, ...]:
    """The same, by Holm's method where several questions of one role were asked together."""
    told = list(found)
    for role in ("primary", "secondary"):
        asked = [
            (at, place)
            for at, figure in enumerate(told)
            if figure.indicator.role == role
            for place in range(len(figure.contrasts))
        ]
        p_values = holm([told[at].contrasts[place].p for at, place in asked])
        for (at, place), p in zip(asked, p_values, strict=True):
            told[at] = _with_p(told[at], place, p)
    return tuple(told)


def _with_p(figure: Figure, place: int, p: float) -> Figure:
    contrasts = list(figure.contrasts)
    former = contrasts[place]
    kept = former.verdict if p <= ALPHA else Verdict.INCONCLUSIVE
    contrasts[place] = replace(former, p=p, verdict=kept)
    return replace(figure, contrasts=tuple(contrasts))


def _footprint(shown: Shown, arms: Sequence[str]) -> tuple[Footprint, ...]:
    """None where the three do not speak of the same people. The processor's two may speak of
    fewer: it is measured since later."""
    groups = _together(shown, FOOTPRINT)
    processor = _together(shown, PROCESSOR)
    told = []
    for at, arm in enumerate(arms if groups else ()):
        requests, sent, seconds = (float(_total(some, at).y) for some in groups)
        spent = None
        if processor:
            measured, cpu_seconds = (float(_total(some, at).y) for some in processor)
            spent = cpu_seconds / measured
        told.append(Footprint(arm, round(requests), sent / requests, seconds / requests, spent))
    return tuple(told)


def _together(shown: Shown, names: Sequence[str]) -> Sequence[Sequence[Group]]:
    """The groups of each, where all are of the same people."""
    groups = [shown.groups.get(name, ()) for name in names]
    sets = [{number for group in some for number in group.tranches} for some in groups]
    return groups if sets[0] and all(each == sets[0] for each in sets) else ()
