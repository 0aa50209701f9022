"""Contrasts of arms whose people do not answer alike, and of designs with uneven arms."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from pilotes.record.domain.protocol import Arm, Indicator, Protocol
from pilotes.report.domain.indicator_sections import sentence
from pilotes.results.domain.contrasts import Contrast, ObservedArm, contrast, differ_in_answers
from pilotes.statistics.domain.sums import Sums
from pilotes.statistics.domain.verdict import GuardrailState, IndicatorVerdict

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
COMFORT = Indicator("sus", "Facilité", "score", "survey:fin:sus", "up", "primary", 60.0)
DESIGN = Protocol(
    version=1,
    arms=(Arm("temoin", "Comme avant", 5000), Arm("alerte", "Une alerte", 5000)),
    control="temoin",
    routes=("/x",),
    eligibility="Toute personne majeure.",
    planned_per_arm=500,
    indicators=(COMFORT,),
    stopping_rule="Un incident grave.",
    starts_at=AT,
    ends_at=AT.replace(month=9),
)


def observed(name: str, *, answered: int, level: float) -> ObservedArm:
    """500 people, of whom some answer between ten below and ten above a level."""
    return ObservedArm(name, 500, Sums.of(level + np.linspace(-10, 10, answered)))


def test_answers_that_differ_by_arm_conclude_nothing() -> None:
    control = observed("temoin", answered=300, level=60)
    alike, fewer = (observed("alerte", answered=n, level=70) for n in (290, 200))
    sound, doubtful = (
        contrast(COMFORT, each, control, design=DESIGN, ratio_as_planned=True)
        for each in (alike, fewer)
    )
    assert (sound.verdict, sound.answers_differ) == (IndicatorVerdict.FAVOURABLE, False)
    assert (doubtful.verdict, doubtful.answers_differ) == (IndicatorVerdict.INCONCLUSIVE, True)
    assert doubtful.estimate == pytest.approx(10)
    assert "n'est pas la même" in sentence(COMFORT, doubtful, comparable=True)


def test_no_guardrail_is_held_between_groups_that_cannot_be_compared() -> None:
    """The same figures are a held guardrail where answers do not differ. A breach stays one."""
    guard = replace(COMFORT, role="guardrail", bound=-5.0)
    control = observed("temoin", answered=300, level=60)

    def judged(answered: int, level: float, *, ratio_as_planned: bool = True) -> Contrast:
        arm = observed("alerte", answered=answered, level=level)
        return contrast(guard, arm, control, design=DESIGN, ratio_as_planned=ratio_as_planned)

    assert judged(290, 61).guard is GuardrailState.HELD
    assert judged(290, 61, ratio_as_planned=False).guard is GuardrailState.WATCHED
    doubtful = judged(200, 61)
    assert (doubtful.answers_differ, doubtful.guard) == (True, GuardrailState.WATCHED)
    assert "n'est pas la même" in sentence(guard, doubtful, comparable=True)
    assert judged(200, 40).guard is GuardrailState.BREACHED


def test_answers_of_clusters_differ_more_by_chance() -> None:
    """Half of the families answer, all of a family or none: variance times four."""
    arm, control = (observed(name, answered=n, level=60) for name, n in (("a", 290), ("b", 210)))
    assert differ_in_answers(arm, control, planned=1_000.0)
    assert not differ_in_answers(arm, control, planned=1_000.0, design_effect=4.0)
    together = replace(DESIGN, cluster_size=4.0, cluster_correlation=1.0)
    found = contrast(COMFORT, arm, control, design=together, ratio_as_planned=True)
    assert not found.answers_differ


def test_intervals_are_tuned_to_the_answers_that_the_design_expects() -> None:
    """One person in ten answers: the bound is narrowest where all of those have."""
    rare = replace(COMFORT, expected_response=0.1)
    design = replace(DESIGN, indicators=(rare,))
    arm, control = (ObservedArm(n, 500, Sums.of(v + np.linspace(-10, 10, 50)))
                    for n, v in (("alerte", 62), ("temoin", 60)))  # fmt: skip

    def width(indicator: Indicator, given: Protocol) -> float:
        found = contrast(indicator, arm, control, design=given, ratio_as_planned=True)
        assert found.low is not None
        assert found.high is not None
        return found.high - found.low

    assert width(rare, design) < 0.8 * width(COMFORT, DESIGN)
    # An amendment does not tune them again.
    assert width(replace(rare, expected_response=1.0), design) == width(rare, design)
    guard = replace(rare, role="guardrail", bound=-5.0)
    added = replace(DESIGN, indicators=())
    assert added.planned_answers(guard, 1_000.0) == 100.0


def test_answers_that_are_drawn_alike_raise_few_alarms() -> None:
    rng = np.random.default_rng(7)
    alarms = 0
    for _ in range(100):
        for day in range(1, 11):
            people = 50 * day
            if day == 1:
                answers = rng.random((2, 500)) < 0.6
            arms = [
                ObservedArm(name, people, Sums.of_counts(row[:people].sum(), 0))
                for name, row in zip(("alerte", "temoin"), answers, strict=True)
            ]
            if differ_in_answers(*arms, planned=1_000.0):
                alarms += 1
                break
    assert alarms <= 3


def test_the_planned_people_of_a_pair_follow_from_the_weights() -> None:
    uneven = replace(
        DESIGN, arms=(Arm("temoin", "", 7000), Arm("alerte", "", 2000), Arm("autre", "", 1000))
    )
    assert uneven.planned_people == {"temoin": 1050, "alerte": 300, "autre": 150}
    assert uneven.planned_pair("autre") == 1200
