"""Which ways people walk, by the tags of OpenStreetMap."""

import pytest

from mobilite.streets.domain.walking_tags import (
    ACCESSIBLE,
    INACCESSIBLE,
    UNKNOWN,
    is_barred,
    is_walked,
    wheelchair_of,
)


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "residential"},
        {"highway": "footway", "footway": "sidewalk"},
        {"highway": "steps"},
        {"highway": "residential", "oneway": "yes"},
        {"highway": "service", "access": "destination"},
        {"highway": "service", "access": "private", "foot": "yes"},
        {"highway": "cycleway", "foot": "designated"},
        {"highway": "trunk", "sidewalk": "right"},
        {"highway": "trunk", "sidewalk:both": "yes"},
        {"railway": "platform"},
        {"public_transport": "platform", "bus": "yes"},
    ],
)
def test_a_way_for_everybody_is_walked(tags: dict[str, str]) -> None:
    assert is_walked(tags)


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"highway": "motorway"},
        {"highway": "motorway", "foot": "yes"},
        {"highway": "construction"},
        {"highway": "trunk"},
        {"highway": "trunk", "sidewalk": "no"},
        {"highway": "cycleway"},
        {"highway": "primary", "motorroad": "yes"},
        {"highway": "residential", "foot": "no"},
        {"highway": "footway", "foot": "private"},
        {"highway": "secondary", "foot": "use_sidepath"},
        {"highway": "service", "access": "private"},
        {"highway": "track", "access": "forestry"},
        {"highway": "steps", "conveying": "forward"},
        {"highway": "footway", "oneway:foot": "yes"},
        {"route": "ferry", "foot": "yes"},
        {"railway": "rail"},
    ],
)
def test_a_way_that_is_not_for_everybody_is_not_walked(tags: dict[str, str]) -> None:
    assert not is_walked(tags)


def test_steps_are_for_no_wheelchair() -> None:
    assert wheelchair_of({"highway": "steps", "wheelchair": "yes"}) == INACCESSIBLE
    assert wheelchair_of({"highway": "footway", "wheelchair": "no"}) == INACCESSIBLE
    assert wheelchair_of({"highway": "footway", "wheelchair": "yes"}) == ACCESSIBLE
    assert wheelchair_of({"highway": "footway", "wheelchair": "limited"}) == UNKNOWN


def test_a_private_gate_stops_people_and_an_open_one_does_not() -> None:
    assert is_barred({"barrier": "gate", "access": "private"})
    assert not is_barred({"barrier": "gate", "access": "private", "foot": "yes"})
    assert not is_barred({"barrier": "gate"})
