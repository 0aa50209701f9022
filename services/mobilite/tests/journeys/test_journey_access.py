"""Whether journeys are said to be accessible."""

from typing import Any

import pytest
from valley import Valley

LIFT = "ACCESSIBILITY_ISSUE"
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
    usual = [each["wheelchair_without_alerts"] for each in page["journeys"]]
    assert usual == ["yes", "yes"]


async def test_works_between_both_ends_are_stated_and_a_lift_there_is_not(search: Any) -> None:
    valley = Valley()
    affected = {"MODIFIED_SERVICE": 'route_id: "ter" stop_id: "mi"', LIFT: 'stop_id: "mi"'}
    content = "".join(
        f'entity {{ id: "{effect}" alert {{ effect: {effect} '
        "active_period { start: 1772434800 end: 1772521200 } "
        f"informed_entity {{ {selector} }} "
        'header_text { translation { text: "Travaux" } } } }'
        for effect, selector in affected.items()
    )
    valley.city.publish(content, "train")
    for day, works in (("2026-03-02", 1), ("2026-03-03", 0)):
        page = await search(valley, **ENDS, at=f"{day}T08:00:00+01:00")
        assert [alert["effect"] for alert in page["alerts"]] == ["MODIFIED_SERVICE"] * works
        assert len(page["journeys"][0]["legs"][0]["alerts"]) == works
        assert page["journeys"][0]["wheelchair"] == "yes"
