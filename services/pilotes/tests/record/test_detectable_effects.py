"""The smallest effects of a protocol: its design enters them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from pilotes.record.domain.detectable_effects import DetectableEffect, detectable_effects
from pilotes.record.domain.protocol import Arm, Indicator, Protocol

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SHARE = Indicator("part", "A suivi", "proportion", "use:a", "up", "primary", 0.5, 0.7)
COMFORT = Indicator("sus", "Facilité", "score", "survey:fin:sus", "up", "secondary")
COUNT = Indicator("fois", "Consultations", "mean", "use:a", "up", "secondary", cap=50.0)
GUARD = Indicator("garde", "Revient", "retention", "return:a", "up", "guardrail", bound=-0.05)


def protocol(*weights: int, indicators: tuple[Indicator, ...] = (SHARE,), **given: Any) -> Protocol:
    """500 people in all, whatever the arms; the first one is control."""
    return Protocol(
        version=1,
        arms=tuple(Arm(f"bras-{at}", f"Bras {at}", each) for at, each in enumerate(weights)),
        control="bras-0",
        routes=("/x",),
        eligibility="Toute personne majeure.",
        planned_per_arm=500 // sum(each > 0 for each in weights),
        indicators=indicators,
        stopping_rule="Un incident grave.",
        starts_at=AT,
        ends_at=AT.replace(month=9),
        **given,
    )


def only(found: Protocol) -> DetectableEffect:
    (effect,) = detectable_effects(found)
    return effect


def test_weights_and_the_number_of_arms_change_what_can_be_seen() -> None:
    even, uneven = only(protocol(5_000, 5_000)), only(protocol(9_000, 1_000))
    five = only(protocol(2_000, 2_000, 2_000, 2_000, 2_000))
    assert [each.per_arm for each in (even, uneven, five)] == [250, 50, 100]
    sizes = [each.smallest for each in (even, uneven, five)]
    assert sizes == [pytest.approx(0.163, abs=0.01), pytest.approx(0.28, abs=0.02), pytest.approx(
        0.29, abs=0.02)]  # fmt: skip
    assert even.sees_target is True
    assert uneven.sees_target is False
    assert "Avec 50 personnes dans le plus petit groupe" in uneven.sentence
    assert "Avec 100 personnes par groupe" in five.sentence


def test_an_arm_of_weight_zero_is_not_counted() -> None:
    assert protocol(5_000, 5_000, 0).planned_people == {
        "bras-0": 250, "bras-1": 250, "bras-2": 0,
    }  # fmt: skip
    assert only(protocol(5_000, 5_000, 0)).per_arm == 250


def test_fewer_answers_more_questions_and_clusters_need_greater_effects() -> None:
    (plain,) = detectable_effects(protocol(5_000, 5_000, indicators=(COMFORT,)))
    half = replace(COMFORT, expected_response=0.5)
    harder = [
        detectable_effects(protocol(5_000, 5_000, indicators=(half,)))[0],
        detectable_effects(protocol(5_000, 5_000, indicators=(COMFORT, COUNT)))[0],
        detectable_effects(
            protocol(5_000, 5_000, indicators=(COMFORT,), cluster_size=4.0, cluster_correlation=0.1)
        )[0],
    ]
    assert plain.smallest is not None
    assert harder[0].per_arm == 125
    assert [round(each.smallest / plain.smallest, 2) for each in harder if each.smallest] == [
        1.41, pytest.approx(1.07, abs=0.02), 1.14,
    ]  # fmt: skip


def test_planned_looks_see_smaller_effects_and_guardrails_the_same() -> None:
    other = replace(GUARD, source="return:b")
    daily, planned = (
        detectable_effects(protocol(5_000, 5_000, indicators=(SHARE, other), looks=looks))
        for looks in ((), (0.5, 1.0))
    )
    assert daily[0].smallest == pytest.approx(0.164, abs=0.001)
    assert planned[0].smallest == pytest.approx(0.126, abs=0.001)
    assert planned[1] == daily[1]


def test_a_guardrail_states_the_harm_that_it_finds() -> None:
    found = only(protocol(5_000, 5_000, indicators=(GUARD,)))
    assert found.smallest is not None
    # The bound, and what a difference of that size takes.
    assert found.smallest == pytest.approx(0.05 + 0.163, abs=0.01)
    assert found.sees_target is None
    assert "met l'essai en pause quatre fois sur cinq pour une baisse de 21 points" in (
        found.sentence
    )
    assert found.sentence.endswith("que si la limite est d'au moins 16 points.")
    slower = replace(GUARD, kind="mean", source="use:a", bound=-1.0)
    (mean,) = detectable_effects(protocol(5_000, 5_000, indicators=(slower,)))
    assert "écart-type" in mean.sentence
    assert "au-delà de la limite acceptée" in mean.sentence


def test_too_few_people_are_stated() -> None:
    (count,) = detectable_effects(protocol(9_000, 1_000, indicators=(COUNT,)))
    assert count.smallest is None
    assert count.sentence.endswith("trop peu pour conclure, il en faut au moins 120.")
    certain = replace(SHARE, baseline=0.99, target=None)
    assert (
        "même la plus forte hausse" in only(protocol(5_000, 5_000, indicators=(certain,))).sentence
    )


def test_scores_and_capped_means_have_limits() -> None:
    recommend = replace(COMFORT, source="survey:fin:nps")
    assert [each.limits for each in (SHARE, COMFORT, recommend, COUNT)] == [
        (0, 1), (0, 100), (-100, 100), (0, 50),
    ]  # fmt: skip
    assert replace(COUNT, cap=None).limits is None
