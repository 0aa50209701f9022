"""Contrasts of arms whose people do not answer alike, and of designs with uneven arms."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from pilotes.record.domain.protocol import Arm, Indicator, Protocol
from pilotes.report.domain.indicator_sections import sentence
from pilotes.results.domain.contrasts import ObservedArm, contrast, differ_in_answers
from pilotes.statistics.domain.sums import Sums
from pilotes.statistics.domain.verdict import IndicatorVerdict

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
