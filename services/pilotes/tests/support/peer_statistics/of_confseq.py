"""Values of confseq: S. R. Howard, A. Ramdas, J. McAuliffe, J. Sekhon, Annals of Statistics 49,
2021; I. Waudby-Smith, A. Ramdas, JRSS B 86, 2024."""

from typing import Any

import numpy as np
from confseq.betting import diversified_betting_mart, hedged_cs
from confseq.boundaries import (
    bernoulli_confidence_interval,
    beta_binomial_log_mixture,
    normal_log_mixture,
    normal_mixture_bound,
)
from confseq.conjmix_bounded import conjmix_empbern_lower_cs, conjmix_hoeffding_twosided_cs
from confseq.predmix import predmix_empbern_twosided_cs

from peer_statistics.inputs import (
    ALPHA,
    FRACTIONS,
    LEVELS,
    PLANNED,
    SCORES,
    SHARES_UP_TO,
    TIMES,
    bets_on,
    bounded_paths,
    means_around,
)

LOOKS = [time - 1 for time in TIMES]


def values() -> dict[str, Any]:
    """All values, by method."""
    return {
        "normal mixture": [_normal_mixture(alpha) for alpha in LEVELS],
        "normal mixture, evidence": [
            [float(normal_log_mixture(z * each**0.5, each, 1.0, ALPHA, False)) for z in SCORES]
            for each in FRACTIONS
        ],
        "uniform mixture of one half": _uniform_mixture(),
        "beta-binomial mixture": [
            [list(bernoulli_confidence_interval(sum(path[:n]), n, ALPHA, PLANNED)) for n in TIMES]
            for path, _ in bounded_paths().values()
        ],
        "bounded means": {
            name: _intervals(np.array(path)) for name, (path, _) in bounded_paths().items()
        },
        "capital of constant bets": {
            name: _capital(np.array(path), truth) for name, (path, truth) in bounded_paths().items()
        },
    }


def _normal_mixture(alpha: float) -> list[float]:
    """Half-widths in standard errors, by the share of the plan."""
    return [
        float(normal_mixture_bound(each, alpha, 1.0, alpha, False)) / each**0.5
        for each in FRACTIONS
    ]


def _uniform_mixture() -> list[list[float]]:
    """log of the evidence of k of n successes against one half, for every n and k: the mixture is
    the uniform one where r = g = h = 1/2, for which the tuning needs this v."""
    v = 0.75 * (2 * np.log(1 / ALPHA) + np.log(1 + 2 * np.log(1 / ALPHA)))
    return [
        [
            float(beta_binomial_log_mixture(k - n / 2, n / 4, v, 0.5, 0.5, ALPHA, False))
            for k in range(n + 1)
        ]
        for n in range(1, SHARES_UP_TO + 1)
    ]


def _intervals(path: np.ndarray) -> dict[str, list[list[float]]]:
    """Intervals valid at any time, at each look, by method. None of them is intersected with those
    before, as ours are not."""
    variance = float(path.var()) * PLANNED
    lower, mirrored = (
        conjmix_empbern_lower_cs(each, v_opt=variance, alpha=ALPHA) for each in (path, 1 - path)
    )
    found = {
        "betting": hedged_cs(path, alpha=ALPHA, breaks=2_000, running_intersection=False),
        # Not `conjmix_empbern_twosided_cs`: it halves alpha, and each side of it halves it again.
        "empirical Bernstein, mixture": (lower, 1 - mirrored),
        "empirical Bernstein, plug-in": predmix_empbern_twosided_cs(path, alpha=ALPHA),
        "Hoeffding": conjmix_hoeffding_twosided_cs(path, t_opt=PLANNED, alpha=ALPHA),
    }
    return {
        name: [[float(low[at]), float(high[at])] for at in LOOKS]
        for name, (low, high) in found.items()
    }


def _capital(path: np.ndarray, truth: float) -> list[list[float]]:
    """log of the capital of our bets, at each look, against several means."""
    found = []
    for mean in means_around(truth):
        above = [lambda x, m, bet=bet: np.full(len(x), bet / m) for bet in bets_on(mean)]
        below = [lambda x, m, bet=bet: np.full(len(x), bet / (1 - m)) for bet in bets_on(1 - mean)]
        capital = diversified_betting_mart(
            path, mean, above, below, alpha=ALPHA, convex_comb=True, trunc_scale=1
        )
        found.append([float(each) for each in np.log(capital[LOOKS])])
    return found
