"""The difference of an arm to control, for one indicator, with its verdict.

Who answers a questionnaire is not drawn: if more people answer on one arm, the answers that are
compared are not those of comparable people. That is checked like the ratio of the draw.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pilotes.record.domain.indicator_differences import indicator_difference
from pilotes.record.domain.protocol import Indicator, Protocol
from pilotes.results.domain.look_differences import LookPair, difference_at_looks
from pilotes.statistics.domain.difference import ALPHA, Difference, difference
from pilotes.statistics.domain.sample_ratio import ALARM
from pilotes.statistics.domain.sums import Sums
from pilotes.statistics.domain.verdict import (
    GuardrailState,
    IndicatorVerdict,
    judge_difference,
    judge_guardrail,
)


@dataclass(frozen=True, slots=True)
class Contrast:
    """The difference of an arm to control, for one indicator. Numbers are None if there are too few
    people, or all outcomes are equal."""

    arm: str
    estimate: float | None
    """Arm minus control."""
    low: float | None
    high: float | None
    """The interval, `low` to `high`, is valid at any time, or at all planned looks together."""
    p: float
    """The p-value of "no difference", 1 without numbers; corrected by Holm's method over all arms
    and indicators of the same role, except that of a guardrail."""
    verdict: IndicatorVerdict
    """Inconclusive if `p` is above `ALPHA`, or for a sample ratio mismatch."""
    guard: GuardrailState | None
    """The state of a guardrail with a bound, never held while groups cannot be compared; None for
    another indicator."""
    adjusted: bool
    """Whether the outcome before enrolment was used (CUPED)."""
    answers_differ: bool = False
    """Whether the shares of people with an outcome differ between the arm and control; the verdict
    is then inconclusive."""
    look: int | None = None
    """The number of the planned look whose difference this is; None: it is read at any time."""


@dataclass(frozen=True, slots=True, eq=False)
class ObservedArm:
    """What one indicator measured of an arm."""

    name: str
    people: int
    """People in the disclosed groups."""
    sums: Sums
    """Of those who have an outcome."""

    @property
    def answers(self) -> Sums:
        """Having an outcome, as an outcome of 0 or 1."""
        return Sums.of_counts(self.people, self.sums.n)


def contrast(
    indicator: Indicator,
    arm: ObservedArm,
    control: ObservedArm,
    *,
    design: Protocol,
    ratio_as_planned: bool,
    looks: Sequence[LookPair] = (),
) -> Contrast:
    """The difference of one arm, not corrected for several questions. `design`: the protocol the
    trial started with. `looks`: what its planned looks found, `arm` and `control` at the last of
    them; empty: the difference is read at any time."""
    planned = design.planned_pair(arm.name)
    answers_differ = differ_in_answers(
        arm, control, planned=planned, design_effect=design.design_effect
    )
    found, look = (
        difference_at_looks(indicator, arm.name, looks, design=design)
        if looks
        else (_at_any_time(indicator, arm, control, design), None)
    )
    comparable = ratio_as_planned and not answers_differ
    estimate, low, high = (_number(each) for each in (found.estimate, found.low, found.high))
    return Contrast(
        arm=arm.name,
        estimate=estimate,
        low=low,
        high=high,
        p=float(found.p),
        verdict=judge_difference(
            found,
            indicator.direction,
            adjusted_p=float(found.p),
            comparable=comparable,
        ),
        guard=guard_state(indicator, low, high, comparable=comparable),
        adjusted=float(found.theta) != 0.0,
        answers_differ=answers_differ,
        look=look,
    )


def _at_any_time(
    indicator: Indicator, arm: ObservedArm, control: ObservedArm, design: Protocol
) -> Difference:
    return indicator_difference(indicator, arm.name, arm.sums, control.sums, design=design)


def guard_state(
    indicator: Indicator, low: float | None, high: float | None, *, comparable: bool
) -> GuardrailState | None:
    """The state of a guardrail with a bound, by the interval of its difference; None for another
    indicator.

    Between groups that cannot be compared a guardrail is never held; a breach is stated, as it
    pauses the trial.
    """
    if indicator.role != "guardrail" or indicator.bound is None:
        return None
    if low is None or high is None:
        return GuardrailState.WATCHED
    state = judge_guardrail(low, high, direction=indicator.direction, bound=indicator.bound)
    held = state is GuardrailState.HELD
    return GuardrailState.WATCHED if held and not comparable else state


def differ_in_answers(
    arm: ObservedArm, control: ObservedArm, *, planned: float, design_effect: float = 1.0
) -> bool:
    """Whether the shares of people with an outcome differ: at any time, one sound trial in a
    hundred is called so. `planned`: of both arms. `design_effect`: by how much clusters multiply
    the variance."""
    found = difference(
        arm.answers,
        control.answers,
        planned=planned,
        binary=True,
        design_effect=design_effect,
        alpha=ALARM,
    )
    return float(found.p) <= ALARM


def with_corrected_p(former: Contrast, p: float) -> Contrast:
    """The contrast with a p-value corrected for several questions, and the verdict that follows."""
    verdict = former.verdict if p <= ALPHA else IndicatorVerdict.INCONCLUSIVE
    return replace(former, p=p, verdict=verdict)


def _number(value: object) -> float | None:
    """A float; None for NaN and infinity."""
    found = float(np.asarray(value, dtype=np.float64))
    return found if np.isfinite(found) else None
