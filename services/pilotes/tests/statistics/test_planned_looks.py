"""Planned looks: published bounds, the error that they keep, and the power that is promised.

Seeded. `make test-deep` draws more trials, of more designs: the table of `docs/decisions/0086`.
"""

from collections.abc import Callable
from itertools import product
from math import erfc, sqrt

import numpy as np
import numpy.typing as npt
import pytest
from simulated_trials import crossed_at_looks, people

from pilotes.statistics.domain.difference import difference
from pilotes.statistics.domain.look_recursion import crossing_probabilities
from pilotes.statistics.domain.planned_looks import (
    look_bounds,
    normal_score,
    sequential_p_value,
    student_bound,
    used_error,
)
from pilotes.statistics.domain.power import smallest_effect
from socle.testing import one_size

SEED = 20_261_128
Draw = Callable[[np.random.Generator, tuple[int, int]], npt.NDArray[np.float64]]
LAWS: dict[str, Draw] = {
    "normal": lambda rng, shape: rng.normal(0, 1, shape),
    "exponential": lambda rng, shape: rng.exponential(1, shape),
    "log-normal": lambda rng, shape: rng.lognormal(0, 1, shape),
    "Poisson 0.3": lambda rng, shape: rng.poisson(0.3, shape).astype(np.float64),
    "share of 50 %": lambda rng, shape: (rng.random(shape) < 0.5).astype(np.float64),
    "share of 10 %": lambda rng, shape: (rng.random(shape) < 0.1).astype(np.float64),
}


def evenly(looks: int) -> tuple[float, ...]:
    return tuple((at + 1) / looks for at in range(looks))


@pytest.mark.parametrize(
    ("times", "alpha", "published"),
    [
        # `sfLDOF` of gsDesign, `asOF` of rpact: 2.5 % on either side.
        (evenly(2), 0.05, (2.9626, 1.9686)),
        (evenly(3), 0.05, (3.7103, 2.5114, 1.9930)),
        (evenly(4), 0.05, (4.3326, 2.9631, 2.3590, 2.0141)),
        (evenly(5), 0.05, (4.8769, 3.3569, 2.6803, 2.2898, 2.0310)),
        # The output of ldbounds for looks at uneven times, on the list R-help, March 2020.
        ((0.1, 0.33, 1.0), 0.05, (6.9913, 3.7308, 1.9605)),
        # README of SeqBounds.jl: one-sided at 5 %, two-sided at 10 %.
        (evenly(4), 0.1, (3.74955, 2.53993, 2.01604, 1.72014)),
    ],
)
def test_bounds_are_those_of_lan_and_demets(
    times: tuple[float, ...], alpha: float, published: tuple[float, ...]
) -> None:
    """For O'Brien-Fleming-type spending, two-sided."""
    assert look_bounds(times, times, alpha) == pytest.approx(published, abs=2e-4)


OBRIEN_FLEMING = {
    0.01: {2: 2.580, 3: 2.595, 4: 2.609, 5: 2.621},
    0.05: {2: 1.977, 3: 2.004, 4: 2.024, 5: 2.040, 10: 2.087},
    0.10: {2: 1.678, 3: 1.710, 4: 1.733, 5: 1.751},
}
"""C_B(K, α): C. Jennison, B. W. Turnbull, Group Sequential Methods, 2000, table 2.3."""
POCOCK = {
    0.01: {2: 2.772, 3: 2.873, 4: 2.939, 5: 2.986},
    0.05: {2: 2.178, 3: 2.289, 4: 2.361, 5: 2.413, 10: 2.555},
    0.10: {2: 1.875, 3: 1.992, 4: 2.067, 5: 2.122},
}
"""C_P(K, α): the same book, table 2.1."""


@pytest.mark.parametrize(("constants", "power"), [(OBRIEN_FLEMING, 0.5), (POCOCK, 0.0)])
def test_bounds_of_tables_cross_as_often_as_in_their_tables(
    constants: dict[float, dict[int, float]], power: float
) -> None:
    """To the three decimals that are printed."""
    for alpha, published in constants.items():
        for looks, constant in published.items():
            times = evenly(looks)
            crossed = [
                sum(crossing_probabilities(0.0, times, [each / time**power for time in times]))
                for each in (constant - 6e-4, constant + 6e-4)
            ]
            assert crossed[1] < alpha < crossed[0]


@pytest.mark.parametrize("times", [(0.3, 0.9, 1.0), (0.5, 0.52, 1.3), (0.02, 0.4, 0.7), (0.8,)])
def test_looks_that_come_at_any_time_use_up_the_error_and_no_more(times: tuple[float, ...]) -> None:
    """Late, early, with more people than planned, or with fewer when the trial is over."""
    spending = (*(min(1.0, each) for each in times[:-1]), 1.0)
    bounds = look_bounds(times, spending, 0.05)
    assert sum(crossing_probabilities(0.0, times, bounds)) == pytest.approx(0.05, abs=1e-6)
    # Where the trial was ended early, what it has no information for stays unused.
    bounds = look_bounds(times, tuple(min(1.0, each) for each in times), 0.05)
    used = sum(crossing_probabilities(0.0, times, bounds))
    assert used == pytest.approx(used_error(times[-1], 0.05), abs=1e-6)


def test_a_look_without_any_error_left_concludes_nothing() -> None:
    at_plan, later = look_bounds((1.0, 1.2), (1.0, 1.0), 0.05)
    assert at_plan == pytest.approx(1.96, abs=1e-4)
    assert later == np.inf


def test_the_p_value_is_the_level_at_which_a_look_concludes() -> None:
    once = sequential_p_value((2.5,), (1.0,), (1.0,))
    assert once == pytest.approx(erfc(2.5 / sqrt(2)), rel=2e-4)
    rng, times = np.random.default_rng(SEED), (0.4, 0.7, 1.0)
    for scores in rng.normal(1.5, 1.5, (20, 3)).tolist():
        for seen in range(1, 4):
            some, until = tuple(scores[:seen]), times[:seen]
            p = sequential_p_value(some, until, until)
            for level in (0.01, 0.025, 0.05):
                bounds = look_bounds(until, until, level)
                concluded = any(abs(z) >= bound for z, bound in zip(some, bounds, strict=True))
                assert concluded is (p <= level)
    assert sequential_p_value((), (), ()) == sequential_p_value((0.1,), (1.0,), (1.0,)) == 1.0


def test_bounds_of_smaller_levels_are_higher() -> None:
    """So that the p-value exists, and Holm's method can divide the error."""
    for times in (evenly(5), (0.1, 0.15, 1.0), (0.6, 0.61, 0.62)):
        levels = np.geomspace(1e-5, 0.3, 25).tolist()
        found = np.array([look_bounds(times, (*times[:-1], 1.0), each) for each in levels])
        with np.errstate(invalid="ignore"):
            assert not (np.diff(found, axis=0) > 1e-9).any()


def test_scores_and_bounds_have_student_s_tails() -> None:
    for freedom in (8, 28, 500):
        bound = student_bound(2.0, freedom)
        assert normal_score(bound, freedom) == pytest.approx(2.0, abs=1e-6)
        assert normal_score(-bound, freedom) == pytest.approx(-2.0, abs=1e-6)
    assert student_bound(1.959964, 28) == pytest.approx(2.048407, abs=1e-5)
    assert student_bound(2.0, 1e6) == 2.0
    assert student_bound(np.inf, 28) == np.inf


def concluded(law: str, total: int, looks: int, *, trials: int, effect: float = 0.0) -> float:
    """The share of trials of `total` people, drawn into two even arms, that conclude at a look.
    `effect`: added for the arm."""
    rng = np.random.default_rng(SEED)
    outcome = LAWS[law](rng, (trials, total))
    drawn = people(rng, outcome, effect, per_day=total // looks)
    found = difference(
        drawn.arm, drawn.control, planned=float(total), binary=law.startswith("share")
    )
    return float(crossed_at_looks(found, evenly(looks)).mean())


@pytest.mark.parametrize("law", ["normal", "exponential", "share of 50 %"])
def test_thirty_people_conclude_falsely_in_one_trial_of_twenty_at_most(law: str) -> None:
    assert concluded(law, 30, 2, trials=4_000) <= 0.05 + 2 * sqrt(0.05 * 0.95 / 4_000)


def test_the_effect_that_is_promised_is_found() -> None:
    promised = smallest_effect(50, binary=False, planned_looks=evenly(3))
    assert promised.every_day is not None
    assert promised.one_look is not None
    daily = smallest_effect(50, binary=False).every_day
    assert daily is not None
    # Three planned looks cost 2 % of size where daily ones cost a third.
    assert promised.every_day < 1.04 * promised.one_look < daily / 1.2
    power = concluded("normal", 99, 3, trials=2_000, effect=promised.every_day)
    assert power == pytest.approx(0.8, abs=3 * sqrt(0.16 / 2_000))


def test_looks_without_enough_people_are_not_counted() -> None:
    """Of 12 people an arm, the looks at half of them have too few for an estimate."""
    both = smallest_effect(12, binary=False, planned_looks=(0.5, 1.0)).every_day
    assert both == smallest_effect(12, binary=False, planned_looks=(0.8, 1.0)).every_day
    assert smallest_effect(9, binary=False, planned_looks=(0.5, 1.0)).every_day is None


@pytest.mark.deep_only
@one_size
@pytest.mark.parametrize(("law", "total"), list(product(LAWS, (30, 60, 120, 210))))
def test_error_and_power_by_design_and_outcome(
    law: str, total: int, record_property: Callable[[str, object], None]
) -> None:
    """The table of `docs/decisions/0086`: `--junitxml` writes it."""
    looks = 2 if total < 100 else 3
    error = concluded(law, total, looks, trials=10_000)
    record_property("error", error)
    if law == "normal":
        promised = smallest_effect(total / 2, binary=False, planned_looks=evenly(looks))
        assert promised.every_day is not None
        power = concluded(law, total, looks, trials=10_000, effect=promised.every_day)
        record_property("effect", promised.every_day)
        record_property("power", power)
        record_property("daily", smallest_effect(total / 2, binary=False).every_day)
        # Of 30 people, one trial in 25 draws fewer than ten into an arm, and concludes nothing.
        assert power == pytest.approx(0.8, abs=0.02 if total > 30 else 0.06)
    assert error <= 0.05 + 3 * sqrt(0.05 * 0.95 / 10_000)
