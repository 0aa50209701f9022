"""The power that is promised for a design, on simulated trials of that design.

Seeded: a failure is the same tomorrow. The limits are beyond the sampling error. `--junitxml`
writes the table of `docs/decisions/0082`.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from math import sqrt

import numpy as np
import numpy.typing as npt
import pytest
from simulated_trials import people, shares

from pilotes.record.domain.detectable_effects import detectable_effects
from pilotes.record.domain.protocol import Arm, Indicator, Protocol
from pilotes.statistics.domain.confidence_sequences import half_width
from pilotes.statistics.domain.difference import difference, is_uneven
from pilotes.statistics.domain.look_recursion import crossing_probabilities
from pilotes.statistics.domain.multiplicity import holm
from pilotes.statistics.domain.power import SmallestEffect, daily_schedule, smallest_effect
from pilotes.statistics.domain.sums import Sums
from pilotes.statistics.domain.verdict import verdict_signs

TRIALS, DAYS, SEED = 1_000, 30, 20_261_128
NOISE = 3 * sqrt(0.8 * 0.2 / TRIALS)
Table = Callable[[str, object], None]


def two_arms(indicator: Indicator, *, per_arm: int) -> Protocol:
    """A trial of two even arms with one indicator."""
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return Protocol(
        version=1,
        arms=(Arm("temoin", "Comme avant", 5_000), Arm("bras", "Autrement", 5_000)),
        control="temoin",
        routes=("/x",),
        eligibility="Toute personne majeure.",
        planned_per_arm=per_arm,
        indicators=(indicator,),
        stopping_rule="Un incident grave.",
        starts_at=at,
        ends_at=at.replace(month=9),
    )


def favourable_of(found: npt.NDArray[np.int64]) -> float:
    """The share of the trials whose first conclusion is favourable. `found`: trials × days."""
    first = (found != 0).argmax(axis=1)
    return float((found[np.arange(len(found)), first] == 1).mean())


def signs_after_holm(sums: list[Sums], *, planned: float) -> npt.NDArray[np.int64]:
    """Verdicts on the first arm beside the control, `sums[0]`: trials × days."""
    found = [difference(each, sums[0], planned=planned, binary=True) for each in sums[1:]]
    ordered = np.stack([each.p for each in found], axis=-1).reshape(-1, len(found))
    # Only trials and days whose smallest p-value could pass need the correction.
    p = np.ones(len(ordered))
    for row in np.flatnonzero(ordered[:, 0] <= 0.05):
        p[row] = holm(ordered[row].tolist())[0]
    return verdict_signs(found[0], "up", p=p.reshape(TRIALS, DAYS))


def table_row(
    promised: SmallestEffect, other: SmallestEffect, found: Callable[[float], float], write: Table
) -> float:
    """The share of trials that find what is promised. Writes it beside what is found of the
    effect that another design is promised, of even arms or of one question."""
    assert promised.every_day is not None
    assert other.every_day is not None
    power = found(promised.every_day)
    write("promised", promised.every_day)
    write("found", power)
    write("other promise", other.every_day)
    write("found of it", found(other.every_day))
    return power


@pytest.mark.parametrize(
    ("total", "drawn", "baseline"), [(510, 0.5, 0.5), (2_010, 0.05, 0.5), (1_500, 0.1, 0.2)]
)
def test_arms_of_any_weight_find_what_was_promised(
    total: int, drawn: float, baseline: float, record_property: Table
) -> None:
    """19 to 1 sees less than 1 to 1, and its promise says so."""

    def found(effect: float) -> float:
        trials = shares(
            np.random.default_rng(SEED),
            trials=TRIALS,
            days=DAYS,
            per_day=total // DAYS,
            arm=baseline + effect,
            control=baseline,
            drawn_to_arm=drawn,
        )
        contrast = difference(trials.arm, trials.control, planned=float(total), binary=True)
        return favourable_of(verdict_signs(contrast, "up"))

    promised = smallest_effect(
        total * drawn, control_per_arm=total * (1 - drawn), baseline=baseline, looks=DAYS
    )
    even = smallest_effect(total / 2, baseline=baseline, looks=DAYS)
    power = table_row(promised, even, found, record_property)
    assert power >= promised.power - NOISE


def test_means_of_a_small_arm_find_what_was_promised(record_property: Table) -> None:
    def found(effect: float) -> float:
        rng = np.random.default_rng(SEED)
        outcome = rng.normal(0, 1, (600, 2_490))
        trials = people(rng, outcome, effect, per_day=83, to_arm=0.05)
        contrast = difference(trials.arm, trials.control, planned=2_490.0, binary=False)
        return favourable_of(verdict_signs(contrast, "up"))

    promised = smallest_effect(124.5, control_per_arm=2_365.5, binary=False, looks=DAYS)
    even = smallest_effect(1_245, binary=False, looks=DAYS)
    power = table_row(promised, even, found, record_property)
    assert power >= promised.power - 3 * sqrt(0.8 * 0.2 / 600)


def test_several_arms_find_what_was_promised_after_their_correction(
    record_property: Table,
) -> None:
    """One of four arms has an effect: its p-value is multiplied by four."""
    per_arm, arms = 252, 5

    def found(effect: float) -> float:
        rng = np.random.default_rng(SEED)
        many = rng.multinomial(per_arm * arms // DAYS, [1 / arms] * arms, (TRIALS, DAYS))
        chances = np.array([0.5, 0.5 + effect, 0.5, 0.5, 0.5])
        ones = rng.binomial(many, chances).cumsum(axis=1)
        sums = [Sums.of_counts(many.cumsum(axis=1)[..., at], ones[..., at]) for at in range(arms)]
        return favourable_of(signs_after_holm(sums, planned=2.0 * per_arm))

    promised = smallest_effect(per_arm, baseline=0.5, questions=arms - 1, looks=DAYS)
    alone = smallest_effect(per_arm, baseline=0.5, looks=DAYS)
    power = table_row(promised, alone, found, record_property)
    assert power >= promised.power - NOISE


@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_guardrail_is_breached_with_the_power_that_was_promised(
    direction: str, record_property: Table
) -> None:
    bound = 0.05
    promised = smallest_effect(
        300,
        baseline=0.3,
        direction=direction,  # type: ignore[arg-type]
        margin=bound,
        looks=DAYS,
    )
    assert promised.every_day is not None
    sign = 1 if direction == "up" else -1
    trials = shares(
        np.random.default_rng(SEED),
        trials=TRIALS,
        days=DAYS,
        per_day=20,
        arm=0.3 + sign * promised.every_day,
        control=0.3,
    )
    found = difference(trials.arm, trials.control, planned=600.0, binary=True)
    with np.errstate(invalid="ignore"):
        breached = found.low > bound if sign > 0 else found.high < -bound
    power = float(breached.any(axis=1).mean())
    record_property("promised", promised.every_day)
    record_property("found", power)
    assert power >= promised.power - NOISE


@pytest.mark.parametrize("response", [0.5, 0.3, 0.2, 0.1])
def test_questionnaires_that_few_answer_find_what_was_promised(
    response: float, record_property: Table
) -> None:
    """Intervals are tuned to the people who are expected to answer, not to all."""
    indicator = Indicator(
        "sus", "Facilité", "score", "survey:fin:sus", "up", "primary", expected_response=response
    )
    design = two_arms(indicator, per_arm=1_500)
    (promised,) = detectable_effects(design)
    assert promised.smallest is not None
    answers = round(3_000 * response)
    rng = np.random.default_rng(SEED)
    outcome = rng.normal(0, 1, (600, answers))
    trials = people(rng, outcome, promised.smallest, per_day=answers // DAYS)

    def found(planned: float) -> float:
        contrast = difference(trials.arm, trials.control, planned=planned, binary=False)
        return favourable_of(verdict_signs(contrast, "up"))

    power = found(design.planned_answers(indicator, design.planned_pair("bras")))
    record_property("promised", promised.smallest)
    record_property("found", power)
    record_property("found, tuned to all", found(3_000.0))
    assert power >= 0.8 - 3 * sqrt(0.8 * 0.2 / 600)


def test_more_questions_clusters_or_fewer_looks_need_greater_effects() -> None:
    plain = smallest_effect(200, baseline=0.5).every_day
    assert plain is not None
    for harder in (
        smallest_effect(200, baseline=0.5, questions=4),
        smallest_effect(200, baseline=0.5, design_effect=1.5),
        smallest_effect(200, baseline=0.5, margin=0.05),
        smallest_effect(100, control_per_arm=300, baseline=0.5),
    ):
        assert harder.every_day is not None
        assert harder.every_day > plain
    # The normal mixture at its planned number, for one to three questions.
    assert [round(float(half_width(1.0, 0.05, many)), 2) for many in (1, 2, 3)] == [
        3.04,
        3.28,
        3.42,
    ]
    up_late, _ = crossing_probabilities(3.9, *daily_schedule(DAYS, 0.05, first=DAYS))
    up_daily, _ = crossing_probabilities(3.9, *daily_schedule(DAYS, 0.05))
    assert up_late < up_daily


def test_an_arm_with_too_few_people_is_promised_nothing() -> None:
    assert smallest_effect(9, baseline=0.5).every_day is None
    assert smallest_effect(119, control_per_arm=1_900, binary=False).every_day is None
    assert smallest_effect(120, control_per_arm=1_900, binary=False).every_day is not None
    assert smallest_effect(0, control_per_arm=0.0).every_day is None
    assert bool(is_uneven(29, 71))
    assert not is_uneven(30, 70)


def test_clusters_widen_the_interval_as_declared() -> None:
    sums = Sums.of_counts(200, 90), Sums.of_counts(200, 110)
    alone, together = (
        difference(*sums, planned=400.0, binary=True, design_effect=each) for each in (1.0, 2.25)
    )
    assert float(together.error) == pytest.approx(1.5 * float(alone.error))
