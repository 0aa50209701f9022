"""Values of gbstats, the statistics of GrowthBook."""

from typing import Any

from gbstats.frequentist.tests import (
    FrequentistConfig,
    SequentialConfig,
    SequentialTwoSidedTTest,
    TTest,
    TwoSidedTTest,
)
from gbstats.models.statistics import (
    ProportionStatistic,
    QuantileClusteredStatistic,
    RatioStatistic,
    RegressionAdjustedStatistic,
    SampleMeanStatistic,
    TestStatistic,
)
from gbstats.utils import check_srm

from peer_statistics.inputs import (
    ALLOCATIONS,
    ALPHA,
    EFFECTS,
    PLANNED,
    SMALL_ARMS,
    TIMES,
    Arm,
    adjusted_arms,
    ratio_arms,
    share_arms,
    skewed_arms,
)


def values() -> dict[str, Any]:
    """All values, by method. Estimates are the arm's less the control's."""
    arm, control = skewed_arms()
    return {
        "means": _compared(_mean(arm), _mean(control)),
        "means of a small arm": [
            _compared(_mean(arm.first(n)), _mean(control)) for n in SMALL_ARMS
        ],
        "shares": _compared(*map(_share, share_arms())),
        "ratios": _compared(*map(_ratio, ratio_arms())),
        "adjusted": [_adjusted(*adjusted_arms(effect)) for effect in EFFECTS],
        "means at any time": _at_any_time(_mean, (arm, control)),
        "shares at any time": _at_any_time(_share, share_arms()),
        "ratios at any time": _at_any_time(_ratio, ratio_arms()),
        "sample ratio": [check_srm(list(people), list(weights)) for people, weights in ALLOCATIONS],
        "clustered share": [_clustered_variance(each) for each in ratio_arms()],
    }


def _mean(arm: Arm) -> SampleMeanStatistic:
    return _sums(arm.outcome)


def _share(arm: Arm) -> ProportionStatistic:
    return ProportionStatistic(n=len(arm.outcome), sum=sum(arm.outcome))


def _ratio(arm: Arm) -> RatioStatistic:
    return RatioStatistic(
        n=len(arm.outcome),
        m_statistic=_sums(arm.outcome),
        d_statistic=_sums(arm.paired),
        m_d_sum_of_products=_products(arm),
    )


def _adjusted(*arms: Arm) -> dict[str, float]:
    arm, control = (
        RegressionAdjustedStatistic(
            n=len(each.outcome),
            post_statistic=_sums(each.outcome),
            pre_statistic=_sums(each.paired),
            post_pre_sum_of_products=_products(each),
            theta=0.0,
        )
        for each in arms
    )
    # The comparison fits theta.
    return _compared(arm, control) | {"theta": float(arm.theta)}


def _sums(values: list[float]) -> SampleMeanStatistic:
    return SampleMeanStatistic(len(values), sum(values), sum(each * each for each in values))


def _products(arm: Arm) -> float:
    return sum(y * x for y, x in zip(arm.outcome, arm.paired, strict=True))


def _compared(arm: TestStatistic, control: TestStatistic) -> dict[str, float]:
    """A single look at everybody."""
    config = FrequentistConfig(difference_type="absolute", alpha=ALPHA)
    test = TwoSidedTTest(control, arm, config)
    low, high = test.confidence_interval
    return _estimate(test) | {"freedom": float(test.dof), "low": float(low), "high": float(high)}


def _estimate(test: TTest) -> dict[str, float]:
    return {"estimate": float(test.point_estimate), "error": float(test.variance**0.5)}


def _at_any_time(statistic: Any, arms: tuple[Arm, Arm]) -> list[dict[str, float]]:
    """Looks at the first people of each arm, as many of both."""
    config = SequentialConfig(
        difference_type="absolute", alpha=ALPHA, sequential_tuning_parameter=PLANNED
    )
    found = []
    for n in TIMES:
        arm, control = (statistic(each.first(n // 2)) for each in arms)
        test = SequentialTwoSidedTTest(control, arm, config)
        low, high = test.confidence_interval
        found.append(
            _estimate(test) | {"low": float(low), "high": float(high), "p": float(test.p_value)}
        )
    return found


def _clustered_variance(arm: Arm) -> float:
    """The variance of a share of uses, with the person as the cluster."""
    uses = sum(arm.paired)
    statistic = QuantileClusteredStatistic(
        n=int(uses),
        n_star=int(uses),
        nu=0.5,
        quantile_hat=0.0,
        quantile_lower=0.0,
        quantile_upper=0.0,
        main_sum=sum(arm.outcome),
        main_sum_squares=sum(each * each for each in arm.outcome),
        denominator_sum=uses,
        denominator_sum_squares=sum(each * each for each in arm.paired),
        main_denominator_sum_product=_products(arm),
        n_clusters=len(arm.outcome),
    )
    return float(statistic.get_cluster_variance)
