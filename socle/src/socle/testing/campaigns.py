"""Campaigns: tests with few examples every time, and many under `make test-deep`.

    @pytest.mark.deep
    @settings(max_examples=sized(40, deep=2_000))

`make test` runs them at the first size, `make test-deep` runs those marked `deep` at the second
(`REGIONLAB_TEST_DEEP=1`).
"""

import os
from typing import Final

IS_DEEP: Final = os.environ.get("REGIONLAB_TEST_DEEP") == "1"


def sized(usual: int, *, deep: int) -> int:
    """The number of examples in this run."""
    return deep if IS_DEEP else usual
