"""Hubs hold: one place each, never wider than their bound, whatever the order of the feeds."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import listed

from mobilite.geo.domain.distances import distances
from mobilite.places.domain.feed_stops import ListedStop
from mobilite.places.domain.hub_grouping import MAX_DIAMETER, group_stops
from socle.testing import sized

NAMES = ("Gare", "Gare de Tours", "Tours", "Gare routière", "Mairie", "Place de la Mairie", "Parc")
TRAINS, BUSES = ("rail",), ("bus",)

metres = st.integers(-500, 500)
some_stops = st.lists(
    st.builds(
        lambda feed, at, name, north, east, modes: listed(
            f"{feed}:{at}", name, north=north, east=east, modes=modes
        ),
        st.sampled_from("abc"),
        st.integers(0, 30),
        st.sampled_from(NAMES),
        metres,
        metres,
        st.sampled_from([TRAINS, BUSES, BUSES, BUSES]),
    ),
    max_size=14,
    unique_by=lambda stop: stop.id,
)


def apart(one: ListedStop, other: ListedStop) -> float:
    """Metres on the ground between two stops."""
    lats, lons = np.array([other.lat]), np.array([other.lon])
    return float(distances(one.lat, one.lon, lats, lons)[0])


def width(stops: tuple[ListedStop, ...]) -> float:
    return max((apart(*pair) for pair in combinations(stops, 2)), default=0.0)


@settings(max_examples=sized(80, deep=3000), deadline=None)
@given(stops=some_stops, data=st.data())
def test_groups_hold(stops: list[ListedStop], data: st.DataObject) -> None:
    ids = [stop.id for stop in stops]
    pairs = [] if len(ids) < 2 else data.draw(st.lists(st.sampled_from(ids), max_size=6))
    transfers = set(zip(pairs[::2], pairs[1::2], strict=False))
    groups = group_stops(stops, transfers)
    members = [stop.id for group in groups for stop in group]
    assert len(members) == len(set(members))
    assert all(len(group) > 1 for group in groups)
    assert all(width(group) <= MAX_DIAMETER + 1 for group in groups)
    shuffled = data.draw(st.permutations(stops))
    mirrored = {(other, one) for one, other in transfers}
    assert group_stops(shuffled, mirrored) == groups
    # Two stops of one name near each other are apart only because together they would be too wide.
    group_of = {stop.id: group for group in groups for stop in group}
    for one, other in combinations(stops, 2):
        mine, its = group_of.get(one.id, (one,)), group_of.get(other.id, (other,))
        if one.words == other.words and apart(one, other) < 199 and mine != its:
            assert width((*mine, *its)) > MAX_DIAMETER - 1


def test_a_chain_of_one_name_ends_before_it_is_too_wide() -> None:
    chain = [listed(f"f:{at}", "Parc", north=150 * at) for at in range(6)]
    groups = group_stops(chain)
    assert [len(group) for group in groups] == [3, 3]


@pytest.mark.parametrize(
    ("name", "modes", "north", "joined"),
    [
        ("Gare de Tours", ("tram",), 280, True),
        ("Gare routière", BUSES, 280, True),
        ("Tours – Gare SNCF, quai B", BUSES, 100, True),
        ("Gare de Tours", ("tram",), 320, False),
        ("Gare de Langeais", BUSES, 100, False),
        ("Palais des Sports", BUSES, 70, True),  # of another network, before the station
        ("Palais des Sports", BUSES, 90, False),
        ("Tours", BUSES, 180, True),
        ("Tours", BUSES, 220, False),
    ],
)
def test_a_stop_belongs_to_the_station_by_name_and_distance(
    name: str, modes: tuple[str, ...], north: float, joined: bool
) -> None:
    station = listed("sncf:1", "Tours", modes=TRAINS)
    stop = listed("bus:1", name, north=north, modes=modes)  # type: ignore[arg-type]
    assert bool(group_stops([station, stop])) is joined


@pytest.mark.parametrize(
    ("feed", "north", "joined"), [("b", 25, True), ("b", 40, False), ("a", 5, False)]
)
def test_poles_of_two_networks_are_one_place_only_next_to_each_other(
    feed: str, north: float, joined: bool
) -> None:
    other = listed(f"{feed}:2", "Mairie", north=north)
    assert bool(group_stops([listed("a:1", "Hôtel de Ville"), other])) is joined


def test_a_transfer_joins_different_modes_of_one_network_but_not_two_bus_stops() -> None:
    tram = listed("f:tram", "Halmagrand", modes=("tram",))
    bus = listed("f:bus", "Théâtre", north=140)
    other = listed("f:other", "Musée", north=140, east=100)
    pairs = [(each.id, tram.id) for each in (bus, other)] + [(bus.id, other.id)]
    assert [stop.id for group in group_stops([tram, bus, other]) for stop in group] == []
    assert group_stops([tram, bus, other], pairs) == [(bus, tram)]
    assert group_stops([bus, other], pairs) == []


def test_a_stop_without_a_place_is_in_no_group() -> None:
    lost = listed("b:1", "Parc", north=float("nan"))
    assert group_stops([listed("a:1", "Parc"), lost]) == []
