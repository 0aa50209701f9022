"""The estimates of a pilot: for each indicator, the levels of the arms and their differences to
control.

They are calculated only from the sums of disclosed groups (`disclosure`) and the record: they
reveal nothing more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pilotes.disclosure.domain.tranches import DisclosedFigures
from pilotes.record.domain.protocol import Indicator, Protocol
from pilotes.results.domain.contrasts import Contrast, ObservedArm, contrast, with_corrected_p
from pilotes.results.domain.footprints import Footprint, estimate_footprints, total_sums
from pilotes.results.domain.look_differences import LookPair
from pilotes.results.domain.looks import Reading
from pilotes.results.domain.place_estimates import estimate_places, published_p
from pilotes.results.domain.retention_curves import retention_curves
from pilotes.statistics.domain.bounded_means import mean_within_limits
from pilotes.statistics.domain.levels import Interval, mean_once, share_at_any_time, wilson
from pilotes.statistics.domain.multiplicity import holm
from pilotes.statistics.domain.ratios import ratio_once
from pilotes.statistics.domain.sums import Sums
from pilotes.statistics.domain.survival import SurvivalStep
from pilotes.usage.domain.measures import measure_name


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
    """An interval valid at any time; None for a ratio, for a mean without known limits, and if
    places were drawn."""
    once: Interval | None
    """An interval for a single look; None if places were drawn."""
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
    people = {
        arm: sum(size[at] for size in disclosed.sizes.values()) for at, arm in enumerate(arms)
    }
    latest = disclosed if read is None else read[-1].disclosed if read else DisclosedFigures()
    figures = estimate_indicators(
        protocol,
        disclosed,
        arms=arms,
        design=design,
        ratio_as_planned=ratio_as_planned,
        k=k,
        read=read,
    )
    return Figures(k, people, ratio_as_planned, figures, estimate_footprints(latest, arms))


def estimate_indicators(
    protocol: Protocol,
    disclosed: DisclosedFigures,
    *,
    arms: Sequence[str],
    design: Protocol,
    ratio_as_planned: bool,
    k: int,
    read: Sequence[Reading] | None = None,
) -> tuple[Figure, ...]:
    """The estimates of the indicators alone. Arguments: of `estimate_figures`."""
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
    corrected = _corrected(found, len(arms))
    return _coarse_p(corrected) if design.design.by_place else corrected


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
    if design.design.by_place:
        return _place_figure(indicator, disclosed, arms, design, ratio_as_planned)
    sums = [total_sums(groups, at) for at in range(len(arms))]
    people = [sum(group.people[at] for group in groups) for at in range(len(arms))]
    curves = retention_curves(indicator, disclosed, design, k, arms=len(arms))
    planned = design.planned_people
    estimates = tuple(
        ArmFigure(
            arm,
            people[at],
            int(sums[at].n),
            _value(indicator, sums[at]),
            _level(indicator, sums[at], design.planned_answers(indicator, planned.get(arm, 0.0))),
            _once(indicator, sums[at]),
            curves[at],
        )
        for at, arm in enumerate(arms)
    )
    observed = [ObservedArm(*each) for each in zip(arms, people, sums, strict=True)]
    return Figure(
        indicator, estimates, _contrasts(indicator, read, observed, design, ratio_as_planned)
    )


def _contrasts(
    indicator: Indicator,
    read: Sequence[Reading],
    observed: Sequence[ObservedArm],
    design: Protocol,
    ratio_as_planned: bool,
) -> tuple[Contrast, ...]:
    """The difference of each arm to control. `observed`: what the last reading has of the arms, in
    their order."""
    control = [each.name for each in observed].index(design.control)
    return tuple(
        contrast(
            indicator,
            each,
            observed[control],
            design=design,
            ratio_as_planned=ratio_as_planned,
            looks=_pairs(indicator, read, at, control),
        )
        for at, each in enumerate(observed)
        if at != control
    )


def _pairs(indicator: Indicator, read: Sequence[Reading], at: int, control: int) -> list[LookPair]:
    """What the planned looks disclosed of the arm at that position and of control."""
    name = measure_name(indicator)
    return [
        LookPair(each.look, each.last, total_sums(groups, at), total_sums(groups, control))
        for each in read
        if each.look and (groups := each.disclosed.groups.get(name, ()))
    ]


def _place_figure(
    indicator: Indicator,
    disclosed: DisclosedFigures,
    arms: Sequence[str],
    design: Protocol,
    ratio_as_planned: bool,
) -> Figure:
    """The estimates of a trial that draws places. Who is in them is fixed when they are first
    shown, so that their intervals do not change with later looks."""
    name = measure_name(indicator)
    found = estimate_places(
        indicator,
        disclosed.by_place.get(name),
        arms=arms,
        control=design.control,
        ratio_as_planned=ratio_as_planned,
    )
    if found is None:
        return Figure(indicator)
    groups = disclosed.groups[name]
    estimates = tuple(
        ArmFigure(
            arm,
            sum(group.people[at] for group in groups),
            int(total_sums(groups, at).n),
            level,
            level=None,
            once=None,
        )
        for at, (arm, level) in enumerate(zip(arms, found.levels, strict=True))
    )
    return Figure(indicator, estimates, found.contrasts)


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


def _corrected(found: Sequence[Figure], arms: int) -> tuple[Figure, ...]:
    """The figures with p-values corrected by Holm's method; guardrails are judged by a bound. What
    is not disclosed yet is a question too: it shares the error. `arms`: their number."""
    figures = list(found)
    for role in ("primary", "secondary"):
        questions = [
            (at, place)
            for at, figure in enumerate(figures)
            if figure.indicator.role == role
            for place in range(len(figure.contrasts))
        ]
        asked = sum(each.indicator.role == role for each in figures) * (arms - 1)
        p_values = [figures[at].contrasts[place].p for at, place in questions]
        p_values += [1.0] * (asked - len(questions))
        for (at, place), p in zip(questions, holm(p_values), strict=False):
            contrasts = list(figures[at].contrasts)
            contrasts[place] = with_corrected_p(contrasts[place], p)
            figures[at] = replace(figures[at], contrasts=tuple(contrasts))
    return tuple(figures)


def _coarse_p(figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """The figures of a trial that draws places, with the p-values that are published."""
    return tuple(
        replace(
            each,
            contrasts=tuple(replace(one, p=published_p(one.p)) for one in each.contrasts),
        )
        for each in figures
    )
