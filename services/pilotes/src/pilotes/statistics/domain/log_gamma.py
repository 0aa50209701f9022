"""log Γ with NumPy alone."""

import numpy as np

from pilotes.statistics.domain.sums import Floats


def log_gamma(value: Floats) -> Floats:
    """log Γ for values > 0: Stirling's series from 10 up (DLMF 5.11.1), to 1e-12."""
    shifted, product = np.array(value, dtype=np.float64), np.zeros_like(value, dtype=np.float64)
    for _ in range(10):
        small = shifted < 10
        product = product + np.where(small, np.log(shifted), 0.0)
        shifted = np.where(small, shifted + 1, shifted)
    inverse = 1 / shifted
    series = inverse * (
        1 / 12 - inverse**2 * (1 / 360 - inverse**2 * (1 / 1260 - inverse**2 / 1680))
    )
    half_log = 0.5 * np.log(2 * np.pi)
    return np.asarray((shifted - 0.5) * np.log(shifted) - shifted + half_log + series - product)
