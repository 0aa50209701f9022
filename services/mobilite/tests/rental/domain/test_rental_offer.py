"""Rules of rentals that need no file: places, what can be rented, forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilite.geo.domain.places import PlaceIndex, repair_places
from mobilite.gtfs.domain.enumerations import FORM_FACTORS
from mobilite.rental.domain.rental_offer import Forms, can_rent, form_set, matching_forms, same_form

ORLEANS = [(47.9 + n / 100, 1.9) for n in range(5)]


def test_places_are_put_right_only_where_the_others_report_so() -> None:
    judged = repair_places([*ORLEANS, (1.9, 47.9), (-21.1, 55.5), (0.0, 0.0), (91.0, 0.0), None])
    assert judged.places[5:] == ((47.9, 1.9), (-21.1, 55.5), None, None, None)
    assert judged.exchanged == 1
    # Two places alone do not show which of them is right.
    assert repair_places([(47.9, 1.9), (1.9, 47.9)]).exchanged == 0
    # Out of range as it stands, sound the other way round.
    west = [(37.8, -122.4), (37.7, -122.4), (37.8, -122.3), (-122.4, 37.8)]
    assert repair_places(west).places[3] == (37.8, -122.4)


coordinates = st.floats(-1000, 1000)


@given(st.lists(st.none() | st.tuples(coordinates, coordinates), max_size=30))
def test_judged_places_are_on_earth_and_judged_for_good(given: list[tuple[float, float]]) -> None:
    judged = repair_places(given)
    assert len(judged.places) == len(given)
    for before, after in zip(given, judged.places, strict=True):
        if after is not None:
            assert abs(after[0]) <= 90
            assert abs(after[1]) <= 180
            assert sorted(after) == sorted(before)


@given(
    st.lists(st.tuples(st.floats(-89, 89), st.floats(-180, 180)), max_size=20),
    st.tuples(st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90)),
)
def test_a_box_holds_what_lies_in_it(
    places: list[tuple[float, float]], box: tuple[float, float, float, float]
) -> None:
    west, south, east, north = box
    found = PlaceIndex(places).within(box).tolist()

    def inside(lat: float, lon: float) -> bool:
        across = west <= lon <= east if west <= east else lon >= west or lon <= east
        return south <= lat <= north and across

    assert found == [row for row, place in enumerate(places) if inside(*place)]


def test_what_is_near_comes_with_its_metres() -> None:
    rows, metres = PlaceIndex([*ORLEANS, None]).near(47.9, 1.9, 1200)
    assert rows.tolist() == [0, 1]
    assert np.allclose(metres, [0, 1112], atol=1)
    assert PlaceIndex([]).near(0, 0, 1e9)[0].tolist() == []


@pytest.mark.parametrize(
    ("vehicles", "installed", "renting", "answer"),
    [
        (3, True, True, True),
        (3, None, True, True),
        (0, True, True, False),
        (3, True, False, False),
        (3, False, True, False),
        (3, True, None, None),
        (None, True, True, None),
        (None, None, None, None),
    ],
)
def test_an_unknown_is_no_promise(
    vehicles: int | None, installed: bool | None, renting: bool | None, answer: bool | None
) -> None:
    assert can_rent(vehicles, installed=installed, renting=renting) is answer


def test_forms_of_systems_with_and_without_types() -> None:
    bicycle, car = form_set(["bicycle"]), form_set(["car"])
    none, one, two = Forms({}), Forms({"v": "car"}), Forms({"v": "car", "b": "bicycle"})
    assert [forms.of_vehicle(None) for forms in (none, one, two)] == [bicycle, car, 0]
    assert [forms.of_vehicle("v") for forms in (none, one, two)] == [bicycle, car, car]
    assert two.of_vehicle("?") == 0
    assert two.of_station([("v", 0), ("b", 2)]) == (bicycle | car, bicycle)
    assert two.of_station([]) == (bicycle | car, 0)
    assert one.of_station([]) == (car, car)


def test_scooters_answer_to_each_other_as_far_as_is_known() -> None:
    assert same_form("scooter", "scooter_seated")
    assert same_form("scooter_standing", "scooter")
    assert not same_form("scooter_standing", "scooter_seated")
    assert not same_form("scooter", "moped")
    for form in FORM_FACTORS:
        assert matching_forms(form) & form_set([form])
