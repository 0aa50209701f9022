"""The pilots that the demo comes with."""

import pytest
from living_pilots import three_pilots_live
from running_demo import Demo

pytestmark = pytest.mark.e2e


async def test_the_past_of_the_pilots_is_rehearsed(demo: Demo) -> None:
    await three_pilots_live(demo)
