"""The formulas of the lab against those of statsmodels, where it has the method.

SciPy and the definitions test the same formulas in every run. statsmodels takes 2 s of processor to
import, so that `make test-deep` alone compares with it. Other libraries: `test_against_peers.py`.
Planned looks are compared with published bounds (`test_planned_looks.py`): statsmodels has none.
"""

import numpy as np
import numpy.typing as npt
import pytest

from pilotes.statistics.domain.difference import difference
from pilotes.statistics.domain.levels import mean_once, wilson
from pilotes.statistics.domain.place_means import PlaceSums, place_difference
from pilotes.statistics.domain.ratios import ratio_difference, ratio_once
from pilotes.statistics.domain.sums import Sums
from pilotes.statistics.domain.survival import retention
from socle.testing import one_size

pytestmark = [pytest.mark.deep_only, one_size]

SEED = 20_261_129
Values = npt.NDArray[np.float64]


def people(many: int, mean: float) -> Values:
    """Skewed outcomes."""
    return np.random.default_rng(SEED + many).exponential(mean, many)


@pytest.mark.parametrize(
    ("successes", "n"), [(0, 7), (3, 10), (40, 41), (125, 250), (9_000, 9_999)]
)
def test_a_share_has_its_wilson_interval(successes: int, n: int) -> None:
    from statsmodels.stats.proportion import proportion_confint

    own = wilson(successes, n)
    assert (own.low, own.high) == pytest.approx(
        proportion_confint(successes, n, method="wilson"), abs=1e-9
    )


@pytest.mark.parametrize(("arm", "control"), [((30, 60), (21, 60)), ((160, 400), (130, 420))])
def test_two_shares_differ_with_the_error_of_agresti_and_caffo(
    arm: tuple[int, int], control: tuple[int, int]
) -> None:
    """Ours divides by n, theirs by n + 2; the interval is theirs, widened for daily looks."""
    from statsmodels.stats.proportion import confint_proportions_2indep

    found = difference(
        *(Sums.of_counts(n, successes) for successes, n in (arm, control)),
        planned=1_000.0,
        binary=True,
    )
    low, high = confint_proportions_2indep(*arm, *control, method="agresti-caffo")
    error = (high - low) / 2 / 1.959964
    assert float(found.estimate) == pytest.approx(arm[0] / arm[1] - control[0] / control[1])
    assert float(found.error) == pytest.approx(error, rel=2 / 60)
    assert float(found.low) < low
    assert float(found.high) > high


def test_two_means_differ_with_the_error_of_welch() -> None:
    """Two parts of the pooled variance remain of the regularisation: nothing at 3,000 people."""
    from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

    arm, control = people(3_000, 1.2), people(3_500, 1.0)
    found = difference(Sums.of(arm), Sums.of(control), planned=8_000.0, binary=False)
    compared = CompareMeans(DescrStatsW(arm), DescrStatsW(control))
    assert float(found.estimate) == pytest.approx(arm.mean() - control.mean())
    assert float(found.error) == pytest.approx(compared.std_meandiff_separatevar, rel=1e-3)
    assert float(found.freedom) == pytest.approx(compared.dof_satt(), rel=1e-3)
    level = mean_once(3_000, arm.sum(), (arm**2).sum())
    assert (level.low, level.high) == pytest.approx(DescrStatsW(arm).tconfint_mean())


def test_an_adjusted_difference_is_that_of_least_squares() -> None:
    from statsmodels.regression.linear_model import OLS

    rng = np.random.default_rng(SEED)
    before = rng.poisson(3, 500).astype(np.float64)
    drawn = rng.random(500) < 0.5
    outcome = before * 0.8 + drawn * 0.4 + rng.normal(0, 1, 500)
    found = difference(
        *(Sums.of(outcome[arm], before[arm]) for arm in (drawn, ~drawn)),
        planned=500.0,
        binary=False,
    )
    fitted = OLS(outcome, np.column_stack([np.ones(500), drawn, before])).fit(cov_type="HC2")
    assert float(found.estimate) == pytest.approx(fitted.params[1])
    assert float(found.theta) == pytest.approx(fitted.params[2])
    assert float(found.error) == pytest.approx(fitted.bse[1], rel=0.02)


def test_a_ratio_has_the_error_of_a_regression_clustered_by_person() -> None:
    """Each use is a row of 0 or 1, each person a cluster: ΣY/ΣD is the mean of all rows."""
    from statsmodels.regression.linear_model import OLS

    rng = np.random.default_rng(SEED)
    arms: list[tuple[Values, Values]] = []
    for chance in (0.3, 0.4):
        uses = np.asarray(1 + rng.poisson(4, 800), dtype=np.float64)
        own = rng.beta(2, 2 / chance - 2, 800)
        arms.append((rng.binomial(uses.astype(int), own).astype(np.float64), uses))
    errors = []
    for successes, uses in arms:
        person = np.repeat(np.arange(800), uses.astype(int))
        first = np.concatenate([np.arange(int(each)) for each in uses])
        rows = (first < successes[person]).astype(np.float64)
        fitted = OLS(rows, np.ones(len(rows))).fit(
            cov_type="cluster", cov_kwds={"groups": person}, use_t=True
        )
        errors.append(fitted.bse[0])
        once = ratio_once(Sums.of(successes, uses))
        assert once.estimate == pytest.approx(fitted.params[0])
        assert (once.low, once.high) == pytest.approx(tuple(fitted.conf_int()[0]), rel=1e-3)
    found = ratio_difference(Sums.of(*arms[1]), Sums.of(*arms[0]), planned=2_000.0)
    assert float(found.error) == pytest.approx(float(np.hypot(*errors)), rel=5e-3)


def test_places_differ_as_their_means_by_student() -> None:
    from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

    rng = np.random.default_rng(SEED)
    sums, means = [], []
    for effect, places in ((0.6, 9), (0.0, 12)):
        place = rng.integers(0, places, 400)
        outcome = effect + rng.normal(0, 1.5, places)[place] + rng.normal(0, 1, 400)
        sums.append(PlaceSums.of(outcome, place))
        means.append([outcome[place == each].mean() for each in range(places)])
    found = place_difference(sums[0], sums[1])
    assert found is not None
    compared = CompareMeans(*map(DescrStatsW, means))
    _, p, freedom = compared.ttest_ind(usevar="pooled")
    assert freedom == 19
    assert found.p == pytest.approx(p, abs=1e-9)
    assert (found.low, found.high) == pytest.approx(compared.tconfint_diff(usevar="pooled"))


def test_how_long_people_stay_is_the_estimate_of_kaplan_and_meier() -> None:
    from statsmodels.duration.survfunc import SurvfuncRight

    rng = np.random.default_rng(SEED)
    left, followed = rng.integers(0, 40, 300), rng.integers(5, 29, 300)
    days, gone = np.minimum(left, followed), left <= followed
    steps = retention(days, gone)
    reference = SurvfuncRight(days, gone)
    assert [each.day for each in steps] == list(reference.surv_times)
    assert [each.at_risk for each in steps] == list(reference.n_risk)
    assert [each.share for each in steps] == pytest.approx(list(reference.surv_prob))
    for step, error in zip(steps, reference.surv_prob_se, strict=True):
        # The bounds are on log(-log S): by the delta method, z·error/(S·|log S|) apart.
        half = 1.959964 * error / (step.share * abs(np.log(step.share)))
        assert step.low == pytest.approx(step.share ** np.exp(half), rel=1e-6)
        assert step.high == pytest.approx(step.share ** np.exp(-half), rel=1e-6)
