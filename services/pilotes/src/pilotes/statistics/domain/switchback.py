"""A switchback: of every two blocks, a place is control in one and has the arm in the other.

The units are the pairs of blocks of each place: arm minus control, weighted by the variance that
the people of both give them (I. Bojinov, D. Simchi-Levi, J. Zhao, Management Science 69, 2023, for
the test over blocks). What a place is over all blocks cancels; what changes between two blocks is
as often in favour of the arm as against it, since their order is drawn.
"""

from itertools import product

import numpy as np

from pilotes.statistics.domain.drawn_schedules import (
    MOST_DRAWS,
    SEED,
    Booleans,
    Integers,
    ScheduleDraws,
)
from pilotes.statistics.domain.sums import Floats


def switchback_draws(
    treated: Booleans, people: Integers, *, correlation: float
) -> ScheduleDraws | None:
    """The orders of blocks to compare; None if no pair of blocks has people in both.

    `treated`: which places have the arm in which blocks; of each pair, in one. `people`: with an
    outcome, for each place and block. `correlation`: how alike the people of one block are expected
    to be, from 0 to 1.
    """
    sizes = people.reshape(len(people), -1, 2).astype(np.float64)
    known = (sizes > 0).all(axis=2)
    if not known.any():
        return None
    inverse = (1 / np.maximum(sizes, 1)).sum(axis=2)
    weight = known / pair_variance(inverse, correlation)
    weight /= weight.sum()
    sign = np.where(treated, 1.0, -1.0)
    drawn = np.repeat(weight, 2, axis=1) * sign
    flips = np.ones((_orders(int(known.sum())), *known.shape))
    flips[:, known] = _flips(int(known.sum()))
    weights = np.repeat(flips, 2, axis=2) * drawn
    return ScheduleDraws(weights, treated, np.where(treated, 0.0, -drawn))


def pair_variance(inverse: Floats, correlation: float) -> Floats:
    """The variance of the difference of two blocks, where the outcome of one person has variance 1.
    `inverse`: the sum of one over the people of each."""
    return 2 * correlation + (1 - correlation) * inverse


def _orders(pairs: int) -> int:
    """How many orders of so many pairs are compared."""
    return min(MOST_DRAWS, int(2**pairs))


def _flips(pairs: int) -> Floats:
    """For each order that is compared, and each pair: 1 as drawn, -1 the other way round. The first
    one is the drawn one."""
    if 2**pairs <= MOST_DRAWS:
        return np.array(list(product((1.0, -1.0), repeat=pairs)))
    flips = np.random.default_rng(SEED).choice((1.0, -1.0), (MOST_DRAWS, pairs))
    flips[0] = 1
    return np.asarray(flips)
