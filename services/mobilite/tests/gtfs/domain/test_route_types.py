"""The modes of transport of route types, basic and extended."""

import pytest

from mobilite.gtfs.domain.route_types import Mode, modes_of


@pytest.mark.parametrize(
    ("route_types", "modes"),
    [
        ([3, 2, 0, 3], ["rail", "tram", "bus"]),
        ([109, 700, 200, 900], ["rail", "tram", "coach", "bus"]),
        ([405, 1, 11, 5], ["subway", "trolleybus", "cable_tram", "monorail"]),
        ([4, 6, 7, 1100], ["funicular", "aerial_lift", "ferry", "air"]),
        ([1501, 1551, 1500, 1560, 1550], ["carpool", "taxi"]),
        ([1549, 1561], ["taxi"]),
        ([-1, 8, 1700], []),
        ([], []),
    ],
)
def test_each_mode_is_listed_once(route_types: list[int], modes: list[Mode]) -> None:
    assert modes_of(route_types) == modes
