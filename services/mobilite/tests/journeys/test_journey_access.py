"""Whether journeys are said to be accessible."""

from typing import Any

import pytest
from valley import Valley

ENDS = {"from": "train:val", "to": "train:ville"}


@pytest.mark.parametrize("query", [{}, {"wheelchair": "true"}])
async def test_a_lift_out_of_order_leaves_access_unknown(
    search: Any, query: dict[str, str]
) -> None:
    valley = Valley()
    before = await search(valley, **ENDS, **query)
    assert [each["wheelchair"] for each in before["journeys"]] == ["yes", "yes"]
    valley.city.publish(
        'entity { id: "l" alert { effect: ACCESSIBILITY_ISSUE '
        'informed_entity { stop_id: "ville" } } }',
        "train",
    )
    page = await search(valley, **ENDS, **query)
    assert [each["wheelchair"] for each in page["journeys"]] == ["unknown", "unknown"]
