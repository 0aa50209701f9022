"""A linear model of the means of places in periods, by generalised least squares.

Places are alike in themselves over time: an outcome of one person has variance 1, of which the
people of one place share ρ, in every period (M. Hussey, J. Hughes, Contemporary Clinical Trials 28,
2007, whose variance this gives for an effect that is one number). The estimate of a contrast is a
sum of the means, each with a weight that does not depend on the outcomes.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from pilotes.statistics.domain.sums import Floats

_SINGULAR: Final = 1e-9
_MOST_ALIKE: Final = 0.99
"""A greater ρ counts as this: with 1, more people of a place would say nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class ContrastWeights:
    """How a contrast is estimated."""

    weights: Floats
    """Of the mean of each place and period: as rows and columns."""
    variance: float
    """Of the estimate, where the outcome of one person has variance 1."""


def contrast_weights(
    model: Floats, people: npt.ArrayLike, contrast: Floats, *, correlation: float
) -> ContrastWeights | None:
    """The weights of the means in the estimate of a contrast; None if these means cannot give it.

    `model`: the values of each parameter, for each place, period and parameter. `people`: who make
    each mean, for each place and period; 0: there is none. `contrast`: of the parameters.
    `correlation`: ρ, from 0 to 1.
    """
    correlation = min(correlation, _MOST_ALIKE)
    precision = np.asarray(people, dtype=np.float64) / (1 - correlation)
    weighted = precision[..., None] * model
    by_place = weighted.sum(axis=1)
    # The inverse of a place's covariance, diag(1 / precision) + ρ, by Sherman and Morrison.
    shared = correlation / (1 + correlation * precision.sum(axis=1))
    rows = weighted - (shared[:, None] * precision)[..., None] * by_place[:, None, :]
    flat = (-1, model.shape[2])
    information = rows.reshape(flat).T @ model.reshape(flat)
    inverse = np.linalg.pinv(information, rcond=_SINGULAR, hermitian=True)
    along = inverse @ contrast
    if not np.allclose(information @ along, contrast, atol=1e-6):
        return None
    return ContrastWeights(rows @ along, float(contrast @ along))
