"""Campaigns: tests with few examples every time, and many under `make test-deep`.

    @pytest.mark.deep
    @settings(max_examples=sized(40, deep=2_000))

`make test` runs them at the first size, `make test-deep` runs those marked `deep` at the second, or
at a share of it (`make test-deep SHARE=0.5`, `REGIONLAB_TEST_DEEP=0.5`).
"""

import os
from typing import Final

import pytest

SHARE: Final = float(os.environ.get("REGIONLAB_TEST_DEEP") or 0)
"""The share of the full size, above 0 to 1; 0: campaigns have their usual size."""
IS_DEEP: Final = SHARE > 0


def sized(usual: int, *, deep: int) -> int:
    """The number of examples in this run."""
    return max(min(usual, deep), round(deep * SHARE)) if IS_DEEP else usual


one_size: Final = pytest.mark.skipif(
    0 < SHARE < 0.5, reason="a campaign of one size: at half of their size or more"
)
"""A `deep_only` test that a share does not make shorter, and whose parts are tested elsewhere."""
