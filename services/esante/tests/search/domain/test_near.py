"""Distances on Earth: known ones, and circles in their boxes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esante.search.domain.near import Circle
from esante.search.domain.query.value_parser import read_circle
from socle.errors import Refusal


@pytest.mark.parametrize(
    ("one", "other", "kilometres"),
    [
        ((47.9025, 1.9090), (47.3941, 0.6848), 107.6),  # Orléans, Tours
        ((48.8566, 2.3522), (51.5074, -0.1278), 343.6),  # Paris, Londres
        ((0.0, 179.9), (0.0, -179.9), 22.2),
        ((90.0, 0.0), (-90.0, 0.0), 20015.1),
    ],
)
def test_distance(one: tuple[float, float], other: tuple[float, float], kilometres: float) -> None:
    assert Circle(*one, 0).distance(*other) / 1000 == pytest.approx(kilometres, rel=2e-3)


_POSITIONS = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(_POSITIONS, _POSITIONS, st.floats(0, 20_040_000))
def test_a_circle_is_in_its_box(
    centre: tuple[float, float], position: tuple[float, float], metres: float
) -> None:
    circle = Circle(*centre, metres)
    if circle.contains(*position):
        south, north = circle.latitudes
        assert south <= position[0] <= north
        assert any(west <= position[1] <= east for west, east in circle.longitudes)


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("47.9|1.9", 10_000),
        ("47.9|1.9|5", 5000),
        ("47.9|1.9|5|", 5000),
        ("47.9|1.9|500|m", 500),
        ("47.9|1.9|1|[mi_i]", 1609.344),
    ],
)
def test_a_value(text: str, metres: float) -> None:
    assert read_circle(text) == Circle(47.9, 1.9, metres)


@pytest.mark.parametrize(
    "text",
    [
        *["47.9", "", "91|0", "0|181", "x|1", "1|2|x", "1|2|-1", "1|2|3|kg", "1|2|3|lieue"],
        *["1|2|3|m|4", "1|2|99999|km", "NaN|1"],
    ],
)
def test_no_circle(text: str) -> None:
    with pytest.raises(Refusal):
        read_circle(text)
