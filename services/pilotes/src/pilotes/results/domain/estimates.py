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
from pilotes.results.domain.contrasts import Contrast, ObservedArm, contrast, with_corrected_p
from pilotes.results.domain.look_differences import LookPair
from pilotes.results.domain.looks import Reading
from pilotes.statistics.domain.bounded_means import mean_within_limits
from pilotes.statistics.domain.levels import Interval, mean_once, share_at_any_time, wilson
from pilotes.statistics.domain.multiplicity import holm
from pilotes.statistics.domain.ratios import ratio_once
from pilotes.statistics.domain.sums import Sums
from pilotes.statistics.domain.survival import SurvivalStep, retention
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
    value: float
    """The share, mean or ratio."""
    level: Interval | None
    """An interval valid at any time; None for a ratio, or a mean without known limits."""
    once: Interval
    """An interval for a single look."""
    curve: tuple[SurvivalStep, ...] = ()
    """The retention curve, for a single look; empty for other indicators."""


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
    design: Protocol,
    ratio_as_planned: bool,
    k: int,
    read: Sequence[Reading] | None = None,
) -> Figures:
    """The estimates of a pilot, from its disclosed groups.

    `protocol`: the one in force.
    `arms`: names, in the order of the sums of the groups.
    `design`: the protocol the trial started with. The intervals are narrowest at its planned
    numbers, which have to be chosen before the first look: an amendment does not change them.
    `ratio_as_planned`, `k`: as in `Figures`.
    `read`: the planned looks so far, which alone are read; None: `disclosed` is, as always for
    guardrails.
    """
    now = (Reading(0, disclosed, last=False),)
    found = [
        _figure(
            each,
            now if read is None or each.role == "guardrail" else read,
            arms,
            design,
            ratio_as_planned,
            k,
        )
        for each in protocol.indicators
    ]
    people = {
        arm: sum(size[at] for size in disclosed.sizes.values()) for at, arm in enumerate(arms)
    }
    latest = disclosed if read is None else read[-1].disclosed if read else DisclosedFigures()
    return Figures(k, people, ratio_as_planned, _corrected(found), _footprint(latest, arms))


def _figure(
    indicator: Indicator,
    read: Sequence[Reading],
    arms: Sequence[str],
    design: Protocol,
    ratio_as_planned: bool,
    k: int,
) -> Figure:
    """The figure of one indicator at the last of the readings; those of planned looks have a number
    above 0."""
    disclosed = read[-1].disclosed if read else DisclosedFigures()
    groups = disclosed.groups.get(measure_name(indicator), ())
    if not groups:
        return Figure(indicator)
    sums = [_total(groups, at) for at in range(len(arms))]
    people = [sum(group.people[at] for group in groups) for at in range(len(arms))]
    edges = stay_edges(indicator, planned_per_arm=design.planned_per_arm, k=k)
    stays = disclosed.groups.get(stay_measure_name(indicator, edges, disclosed), ())
    planned = design.planned_people
    estimates = tuple(
        ArmFigure(
            arm,
            people[at],
            int(sums[at].n),
            _value(indicator, sums[at]),
            _level(indicator, sums[at], design.planned_answers(indicator, planned.get(arm, 0.0))),
            _once(indicator, sums[at]),
            _curve(stays, at, edges),
        )
        for at, arm in enumerate(arms)
    )
    observed = [ObservedArm(*each) for each in zip(arms, people, sums, strict=True)]
    at_control = list(arms).index(design.control)
    contrasts = tuple(
        contrast(
            indicator,
            each,
            observed[at_control],
            design=design,
            ratio_as_planned=ratio_as_planned,
            looks=_pairs(indicator, read, at, at_control),
        )
        for at, each in enumerate(observed)
        if at != at_control
    )
    return Figure(indicator, estimates, contrasts)


def _pairs(indicator: Indicator, read: Sequence[Reading], at: int, control: int) -> list[LookPair]:
    """What the planned looks disclosed of the arm at that position and of control."""
    name = measure_name(indicator)
    return [
        LookPair(each.look, each.last, _total(groups, at), _total(groups, control))
        for each in read
        if each.look and (groups := each.disclosed.groups.get(name, ()))
    ]


def _total(groups: Sequence[TrancheGroup], at: int) -> Sums:
    """The sums of one arm over all groups. `at`: the position of the arm."""
    total = groups[0].sums[at]
    for group in groups[1:]:
        total = total + group.sums[at]
    return total


def _level(indicator: Indicator, sums: Sums, planned: float) -> Interval | None:
    """The level with its anytime-valid interval, if there is one. `planned`: people with an
    outcome, 1 at least."""
    n, total = int(sums.n), float(sums.y)
    if indicator.binary:
        return share_at_any_time(int(total), n)
    if indicator.limits is None:
        return None
    return mean_within_limits(n, total, float(sums.yy), limits=indicator.limits, planned=planned)


def _value(indicator: Indicator, sums: Sums) -> float:
    return float(sums.y / (sums.x if indicator.kind == "ratio" else sums.n))


def _once(indicator: Indicator, sums: Sums) -> Interval:
    """The level with its interval for a single look."""
    n, total = int(sums.n), float(sums.y)
    if indicator.kind == "ratio":
        return ratio_once(sums)
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
            contrasts = list(figures[at].contrasts)
            contrasts[place] = with_corrected_p(contrasts[place], p)
            figures[at] = replace(figures[at], contrasts=tuple(contrasts))
    return tuple(figures)


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
