"""What has not crossed its bound yet, followed from look to look.

P. Armitage, C. K. McPherson, B. C. Rowe, JRSS A 132, 1969: on the scale of Brownian motion the
density of a trial that goes on is propagated by Gauss-Legendre quadrature.
"""

from collections.abc import Sequence
from math import erfc, inf, pi, sqrt
from typing import Final

import numpy as np

from pilotes.statistics.domain.sums import Floats

_POINTS: Final = 121
"""Nodes of the quadrature: 481 give the same twelve digits for looks 1 % of the plan apart."""
_FURTHEST: Final = 8.0
"""Standard errors beyond which nothing is followed."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(_POINTS)
_erfc = np.vectorize(erfc, otypes=[np.float64])


def followed(
    places: Floats, density: Floats, spread: float, edge: float, drift: float = 0.0
) -> tuple[Floats, Floats]:
    """The density, times its quadrature weights, of what stays within ±`edge` at the next look, and
    the places at which it is known.

    `places`, `density`: the same at the look before. `spread`: standard deviation of the step.
    `drift`: its mean.
    """
    here = _NODES * edge
    kernel = np.exp(-((here[:, None] - places[None, :] - drift) ** 2) / (2 * spread**2))
    return here, (kernel @ density) / (sqrt(2 * pi) * spread) * _WEIGHTS * edge


def beyond(places: Floats, density: Floats, spread: float, edge: float) -> float:
    """The probability of a step from those places to above `edge`. Arguments as for `followed`."""
    return float(density @ _erfc((edge - places) / (spread * sqrt(2)))) / 2


def crossing_probabilities(
    drift: float, times: Sequence[float], bounds: Sequence[float]
) -> tuple[float, float]:
    """The probabilities of crossing the upper and the lower bound at one of the looks.

    `drift`: the effect, in standard errors at time 1. `times`: the information of each look,
    increasing; 1 is all that is planned. `bounds`: of each, in standard errors; infinite: none.
    """
    places, density, former = np.zeros(1), np.ones(1), 0.0
    above = below = 0.0
    for now, bound in zip(times, bounds, strict=True):
        step, spread, scale = drift * (now - former), sqrt(now - former), sqrt(now)
        if bound < inf:
            above += beyond(places + step, density, spread, bound * scale)
            below += beyond(-places - step, density, spread, bound * scale)
        # Without a bound, everything that a drift can reach is followed.
        edge = bound * scale if bound < inf else (_FURTHEST + abs(drift) * scale) * scale
        places, density = followed(places, density, spread, edge, step)
        former = now
    return above, below
